import { DAY, HOUR, MINUTE, type Millis } from '../../kit/clock.ts';
import type { SourceRange } from '../source-ranges.ts';
import type { ScorePolicy } from './score.ts';

/** How failed sign-ins are held against sources and accounts. */
export interface GuardPolicy {
  /** Points lose half in so long. */
  readonly halfLife: Millis;
  /** Points that hold back: a source, an account among strangers, an account from one source. */
  readonly source: number;
  readonly account: number;
  readonly pair: number;
  /** How long first, and how long at most; for accounts among strangers at most `longestAccount`. */
  readonly first: Millis;
  readonly longest: Millis;
  readonly longestAccount: Millis;
  /** How long a source is known to an account after it has signed in from there. */
  readonly known: Millis;
  /** How many sources, accounts and pairs of them are kept in mind. */
  readonly tracked: number;
  /** Sources that are never banned, such as a monitoring host. */
  readonly never: readonly SourceRange[];
}

/** What a site has that says nothing. */
export const DEFAULT_GUARD: GuardPolicy = {
  halfLife: 30 * MINUTE,
  source: 30,
  account: 20,
  pair: 10,
  first: MINUTE,
  longest: HOUR,
  longestAccount: 15 * MINUTE,
  known: 90 * DAY,
  tracked: 65_536,
  never: ['127.0.0.0/8', '::1'],
};

/** What is scored. */
export type SubjectKind = 'source' | 'account' | 'pair';

/** How each kind of subject is scored. */
export function scorePolicies(policy: GuardPolicy): Readonly<Record<SubjectKind, ScorePolicy>> {
  const { halfLife, first, longest } = policy;
  return {
    source: { halfLife, threshold: policy.source, first, longest },
    account: {
      halfLife,
      threshold: policy.account,
      first: Math.min(first, policy.longestAccount),
      longest: policy.longestAccount,
    },
    pair: { halfLife, threshold: policy.pair, first, longest },
  };
}

/** What went wrong, and what it costs a source, and an account. */
export const PENALTIES = {
  /** A wrong proof, of a name that exists or not: a difference would tell which names do. */
  proof: { source: 1, account: 1 },
  /** A wrong code, which can be guessed, by somebody whose password was right. */
  code: { source: 1, account: 2 },
  /** A key or access token that is not theirs: nobody guesses one. */
  key: { source: 1, account: 0 },
  /** The same wrong secret once more guesses nothing: a program that repeats itself. */
  repeated: { source: 0, account: 0.2 },
  /** No SSH, or broken SSH. */
  garbage: { source: 1, account: 0 },
  /** A connection that never tried to sign in: scanners, and many monitors. */
  silence: { source: 0.2, account: 0 },
  /** Somebody asks for a mail, of a name that exists or not: a difference would tell which names do. */
  asked: { source: 1, account: 0 },
  /** A connection that was held until its time was over. */
  slow: { source: 0.5, account: 0 },
} as const;
export type Misdeed = keyof typeof PENALTIES;
