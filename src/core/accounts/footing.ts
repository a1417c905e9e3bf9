import type { Clock } from '../kit/clock.ts';
import type { ReconnectionId, SessionId, TokenId } from '../kit/ids.ts';
import type { Account } from './account.ts';
import type { Gates } from './gates.ts';
import { type EntryRefusal, mayStillAct } from './may-act.ts';
import type { AccountsLedger } from './ports.ts';
import type { Session } from './sign-in.ts';
import { allowsSource } from './source-ranges.ts';

/** What a session ends with, beside its account. */
export interface Footing {
  readonly source: string;
  /** The fingerprints of the keys that opened it. */
  readonly keys: readonly string[];
  readonly reconnection: ReconnectionId | null;
  readonly token: TokenId | null;
}

/** Why a session is ended in the middle. */
export type ShowOutReason =
  | EntryRefusal
  | 'source-refused'
  | 'key-removed'
  | 'reconnection-ended'
  | 'token-ended';

/** What is looked at to find sessions that have lost their footing. */
export interface FootingLooks {
  readonly ledger: AccountsLedger;
  readonly clock: Clock;
  readonly gates: Gates;
}

/**
 * Which of the sessions of one account at one door have lost what they stand on, and why. One look at the account and its keys,
 * however many sessions it has. A reconnection that has run out by itself lets its sessions go on.
 */
export async function lostFootings(
  deps: FootingLooks,
  sessions: readonly Session[],
): Promise<ReadonlyMap<SessionId, ShowOutReason>> {
  const lost = new Map<SessionId, ShowOutReason>();
  const [first] = sessions;
  if (first === undefined) return lost;
  const may = await mayStillAct(deps, first);
  if (!may.ok) return new Map(sessions.map(({ id }) => [id, may.refusal]));
  const account = may.value;
  const withKeys = sessions.some(({ footing }) => footing !== undefined && footing.keys.length > 0);
  const credentials = withKeys ? await deps.ledger.credentialsOf(first.account) : null;
  const keys = new Set(credentials?.sshKeys.map(({ fingerprint }) => fingerprint));
  for (const session of sessions) {
    const reason = await whyLost(deps, account, keys, session);
    if (reason !== null) lost.set(session.id, reason);
  }
  return lost;
}

async function whyLost(
  { ledger, clock }: FootingLooks,
  account: Account,
  keys: ReadonlySet<string>,
  { footing }: Session,
): Promise<ShowOutReason | null> {
  if (footing === undefined) return null;
  if (!allowsSource(account.sources, footing.source)) return 'source-refused';
  if (footing.keys.some((key) => !keys.has(key))) return 'key-removed';
  if (footing.reconnection !== null) {
    const kept = await ledger.reconnectionById(footing.reconnection);
    if (kept === null || kept.endedAt !== null) return 'reconnection-ended';
  }
  if (footing.token !== null) {
    const found = await ledger.tokenById(footing.token);
    const isLive = found !== null && found.token.revokedAt === null && found.token.expiresAt > clock.now();
    if (!isLive) return 'token-ended';
  }
  return null;
}
