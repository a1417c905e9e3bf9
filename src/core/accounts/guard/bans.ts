import type { Actor } from '../../audit/events.ts';
import type { Clock, Instant } from '../../kit/clock.ts';
import type { AccountId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { parseAccountName } from '../account.ts';
import type { AccountsLedger } from '../ports.ts';
import { canonicalSource, parseSourceRange, sourceNetwork } from '../source-ranges.ts';
import { type GuardPolicy, type SubjectKind, scorePolicies } from './guard-policy.ts';
import type { GuardLedger, GuardRecord, Subject } from './ports.ts';
import { banAt, pointsAt } from './score.ts';

/** What listing and lifting work with. */
export interface BanDesk {
  readonly ledger: GuardLedger & AccountsLedger;
  readonly clock: Clock;
}

/** What is held against a source, an account among strangers, or an account from one source. */
export interface Grudge {
  readonly kind: SubjectKind;
  readonly source: string | null;
  readonly account: AccountId | null;
  readonly points: number;
  /** Null while it holds nobody back. */
  readonly bannedUntil: Instant | null;
  readonly bans: number;
}

const ROWS_AT_ONCE = 5000;

/** Less than this is not worth a line. */
const LEAST_POINTS = 0.5;

/** What failed sign-ins are held against now, bans first, then by points. Without `all`, bans only. */
export async function listGrudges(
  { ledger, clock }: BanDesk,
  policy: GuardPolicy,
  all: boolean,
): Promise<readonly Grudge[]> {
  const policies = scorePolicies(policy);
  const now = clock.now();
  const grudges: Grudge[] = [];
  for (let after = 0; ; ) {
    const rows = await ledger.guardRowsAfter(after, ROWS_AT_ONCE);
    grudges.push(...rows.map((row) => grudgeOf(row, policies, now)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) break;
    after = last.revision;
  }
  return grudges
    .filter(({ bannedUntil, points }) => bannedUntil !== null || (all && points >= LEAST_POINTS))
    .sort((a, b) => (b.bannedUntil ?? 0) - (a.bannedUntil ?? 0) || b.points - a.points);
}

/** Why nothing was lifted. */
export type LiftRefusal = 'ban-target-unknown' | 'nothing-held';

/**
 * Forgets what failed sign-ins have cost a source (an address, or what `ban list` shows) or an account (its name), and
 * returns how many scores that were. Doors that run hear of it within seconds. Who signed in from where stays known.
 */
export async function liftBan(
  { ledger, clock }: BanDesk,
  actor: Actor,
  what: string,
): Promise<Result<number, LiftRefusal>> {
  const subject = await subjectOf(ledger, what);
  if (subject === null) {
    return refuse('ban-target-unknown', `"${what}" is neither an address nor the name of an account`);
  }
  const { source, account } = subject;
  const lifted = await ledger.liftScores(subject, {
    at: clock.now(),
    actor,
    event: {
      type: 'ban-lifted',
      subjects: account === '' ? {} : { account },
      ...(source !== '' && { personal: { source } }),
    },
  });
  return lifted === 0 ? refuse('nothing-held', `nothing is held against ${what}`) : accept(lifted);
}

async function subjectOf(ledger: AccountsLedger, what: string): Promise<Subject | null> {
  const range = parseSourceRange(what);
  const address = what.replace(/\/\d+$/, '');
  if (range.ok && canonicalSource(address) !== null) return { source: sourceNetwork(address), account: '' };
  const name = parseAccountName(what);
  const account = name.ok ? await ledger.accountByName(name.value) : null;
  return account === null ? null : { source: '', account: account.id };
}

function grudgeOf(
  { source, account, score }: GuardRecord,
  policies: ReturnType<typeof scorePolicies>,
  now: Instant,
): Grudge {
  const kind: SubjectKind = source === '' ? 'account' : account === '' ? 'source' : 'pair';
  return {
    kind,
    source: source === '' ? null : source,
    account: account === '' ? null : account,
    points: pointsAt(score, now, policies[kind].halfLife),
    bannedUntil: banAt(score, now, policies[kind]),
    bans: score.bans,
  };
}
