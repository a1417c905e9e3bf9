import type { AuditRecord } from '../audit/events.ts';
import type { Instant } from '../kit/clock.ts';
import { type AccountId, newId, type SessionId } from '../kit/ids.ts';
import type { Refused, Result } from '../kit/result.ts';
import { type Account, parseAccountName } from './account.ts';
import type { Footing } from './footing.ts';
import type { Misdeed } from './guard/guard-policy.ts';
import type { Visitor } from './guard/sign-in-guard.ts';
import { type EntryRefusal, mayStillAct, mayStillBeHere } from './may-act.ts';
import { joinMarks, PASSWORD_MARK, type ReturningVisit } from './reconnection.ts';
import type { Entrance, Session, SignInAttempt, SignInStep, SignIns } from './sign-in.ts';
import type { ProofKind } from './sign-in-policy.ts';
import { canonicalSource } from './source-ranges.ts';

/** Why somebody was denied. For the audit alone: the person at the door is told nothing of it. */
type DenialReason = 'proof' | 'source' | 'account' | 'freeze' | 'gate' | 'held-back';

/** What a denial is for whose proofs were right. */
const DENIED_FOR = {
  'account-disabled': 'account',
  frozen: 'freeze',
  'gate-closed': 'gate',
} as const satisfies Record<EntryRefusal, DenialReason>;

/** How somebody came in, as the audit tells it. */
type Way = ProofKind | 'security-key' | 'reconnection' | 'access-token';

/** The account of a name as somebody at a door typed it. */
export async function lookUp({ ledger }: SignIns, name: string): Promise<Account | null> {
  const parsed = parseAccountName(name);
  return parsed.ok ? ledger.accountByName(parsed.value) : null;
}

/** How somebody of an attempt would come back; null from an address that cannot be read, or without a proof. */
export function visitOf({ entrance, marks }: SignInAttempt, account: Account): ReturningVisit | null {
  const source = canonicalSource(entrance.source);
  if (source === null || marks.length === 0) return null;
  return { account: account.id, side: entrance.side, proofs: joinMarks(marks), source };
}

/** Who somebody of an attempt says they are, as the guard sees it. */
export function visitorOf({ entrance, name }: SignInAttempt, account: Account | null): Visitor {
  return { source: entrance.source, name, account: account?.id ?? null };
}

/**
 * Denies a proof. The audit hears why, in a moment and with other denials, so that an answer never waits for a commit.
 * `secret` is what was guessed.
 */
export function deny(
  deps: SignIns,
  attempt: SignInAttempt,
  proof: Way,
  reason: DenialReason,
  account: Account | null,
  secret: string | null = null,
): SignInStep & { readonly outcome: 'denied' } {
  const record = denial(deps, attempt.entrance, attempt.name, proof, reason, account);
  deps.guard.denied(visitorOf(attempt, account), record, misdeedOf(proof, reason), secret);
  return { outcome: 'denied' };
}

/** Whether somebody may come in whose proofs suffice. Asked last. */
export function mayComeIn(
  deps: SignIns,
  entrance: Entrance,
  account: AccountId,
): Promise<Result<Account, EntryRefusal>> {
  const visit = { ...entrance, account };
  return entrance.beforeGates === true ? mayStillBeHere(deps, visit) : mayStillAct(deps, visit);
}

/** Denies somebody whose proofs were right, and who may hear what keeps them out, unless it is their account. */
export function keepOut(
  deps: SignIns,
  attempt: SignInAttempt,
  proof: Way,
  { refusal, detail = '' }: Refused<EntryRefusal>,
  account: Account,
): SignInStep {
  const step = deny(deps, attempt, proof, DENIED_FOR[refusal], account);
  if (refusal === 'frozen') return { ...step, keptOut: { by: 'freeze' } };
  return refusal === 'gate-closed' ? { ...step, keptOut: { by: 'gates', words: detail } } : step;
}

/** What nobody guesses: a signature, or many random bits. */
const UNGUESSABLE: readonly Way[] = ['publickey', 'passkey', 'security-key', 'access-token'];

function misdeedOf(proof: Way, reason: DenialReason): Misdeed | null {
  if (reason === 'held-back' || reason === 'freeze' || reason === 'gate') return null;
  if (UNGUESSABLE.includes(proof)) return 'key';
  return (proof === 'token' || proof === 'mail') && reason === 'proof' ? 'code' : 'proof';
}

/** The audit record of a denial. */
export function denial(
  deps: SignIns,
  { side, door, source }: Entrance,
  name: string,
  proof: Way,
  reason: DenialReason,
  account: Account | null,
): AuditRecord {
  return {
    at: deps.clock.now(),
    actor: { kind: 'system', part: `${door}-door` },
    event: {
      type: 'sign-in-refused',
      subjects: account === null ? {} : { account: account.id },
      data: { side, door, proof, reason },
      personal: { name: name.slice(0, 64), source },
    },
  };
}

/** Lets somebody in whose proofs suffice. Where the site allows it, a code lets them come back without another. */
export async function grantFully(deps: SignIns, attempt: SignInAttempt, account: Account): Promise<Session> {
  const { entrance, given } = attempt;
  const at = deps.clock.now();
  const footing = { source: entrance.source, keys: keysIn(attempt), reconnection: null, token: null };
  const made = makeSession(account, entrance, at, null, footing);
  const session: Session = attempt.inEmergency ? { ...made, inEmergency: true } : made;
  const until = given.at(-1) === 'token' && entrance.side === 'outside' ? at + (entrance.reconnect ?? 0) : at;
  const visit = until > at ? visitOf(attempt, account) : null;
  if (visit === null) await deps.ledger.appendAudit([admission(session, entrance, at, given)]);
  else {
    const kept = { id: newId('reco', at), ...visit, at, until, usedAt: null, endedAt: null };
    await deps.ledger.keepReconnection(kept, [admission(session, entrance, at, given, until)]);
  }
  return session;
}

/** The fingerprints of the keys that were proven in an attempt. */
export function keysIn({ marks }: SignInAttempt): readonly string[] {
  return marks.filter((mark) => mark !== PASSWORD_MARK);
}

/** A new session. */
export function makeSession(
  account: Account,
  { side, door }: Entrance,
  at: Instant,
  scopes: Session['scopes'],
  footing: Footing,
): Session {
  const id: SessionId = newId('sess', at);
  return { id, account: account.id, name: account.name, side, door, scopes, footing };
}

/** The audit record of a session's beginning. `until`: they may come back without a code so long. */
export function admission(
  session: Session,
  { side, door, source }: Entrance,
  at: Instant,
  proofs: readonly Way[],
  until: Instant | null = null,
): AuditRecord {
  const { account, id, scopes } = session;
  return {
    at,
    actor: { kind: 'account', account, side, door },
    event: {
      type: 'signed-in',
      subjects: { account },
      data: {
        side,
        door,
        proofs: [...proofs],
        session: id,
        ...(scopes !== null && { scopes: [...scopes] }),
        ...(until !== null && { reconnectUntil: until }),
      },
      personal: { source },
    },
  };
}
