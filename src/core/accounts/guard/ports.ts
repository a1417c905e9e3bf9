import type { AuditRecord } from '../../audit/events.ts';
import type { Instant, Millis } from '../../kit/clock.ts';
import type { AccountId } from '../../kit/ids.ts';
import type { Score } from './score.ts';

/**
 * Whom a score is about: a source (its account is empty), an account as strangers see it (its source is empty), or both
 * together. A source is spelled by `sourceNetwork`.
 */
export interface Subject {
  readonly source: string;
  readonly account: AccountId | '';
}

/** What the ledger keeps of a subject. */
export interface GuardRow extends Subject {
  readonly score: Score;
  /** When the account has last signed in from the source; null for never, or long ago. */
  readonly knownAt: Instant | null;
}

/** A row as it was read. Every save takes the next revision, in all rows that it writes. */
export interface GuardRecord extends GuardRow {
  readonly revision: number;
}

/** What may be forgotten with a save. */
export interface Forgetting {
  /** Scores whose points began to decay before this. */
  readonly scoresBefore: Instant;
  /** Sources that nobody has signed in from since. */
  readonly knownBefore: Instant;
  /** Rows without a sign-in are kept at most so many, the newest. */
  readonly most: number;
}

/** Scores in the ledger, which outlive the process and are shared by all. */
export interface GuardLedger {
  /** The rows that were written after a revision, oldest first, at most `limit`. */
  guardRowsAfter(revision: number, limit: number): Promise<readonly GuardRecord[]>;
  /**
   * Writes rows that nobody has written since `expected`, the revision that each was read with (0: it was not there),
   * and appends to the log. Otherwise nothing is written, and the rows that are newer are returned.
   */
  saveGuardRows(
    rows: readonly (GuardRow & { readonly expected: number })[],
    forgetting: Forgetting | null,
    audit: readonly AuditRecord[],
  ): Promise<
    | { readonly saved: true; readonly revision: number }
    | { readonly saved: false; readonly newer: readonly GuardRecord[] }
  >;
  /**
   * Makes clean the scores of a source, with those of accounts from there, or of an account, from everywhere. Returns
   * how many were not clean; with none, nothing is audited.
   */
  liftScores(of: Subject, audit: AuditRecord): Promise<number>;
}

/** Points of a failure, for those who look after other doors. */
export interface Penalty extends Subject {
  readonly points: number;
}

/** Tells other processes of failures at once; what it loses they read in the ledger a little later. */
export interface GuardRelay {
  tell(penalties: readonly Penalty[]): void;
  onTold(listener: (penalties: readonly Penalty[]) => void): void;
}

/** Lets time pass. */
export type Pause = (time: Millis) => Promise<void>;
