import type { Instant } from '../kit/clock.ts';
import type { AccountId, ReconnectionId } from '../kit/ids.ts';
import type { Side } from './account.ts';

/** How somebody comes back: the same person, at the same side, with the same proofs, from the same address. */
export interface ReturningVisit {
  readonly account: AccountId;
  readonly side: Side;
  /** What was proven beside the code: fingerprints of keys and `password`, with spaces between. */
  readonly proofs: string;
  /** As `canonicalSource` spells it. */
  readonly source: string;
}

/**
 * That somebody who has signed in with a code may come back without a new one, for uploading only: programs open
 * several connections, and a code opens one.
 */
export interface Reconnection extends ReturningVisit {
  readonly id: ReconnectionId;
  /** When the code was given. */
  readonly at: Instant;
  /** It ends by itself here, however often it was used. */
  readonly until: Instant;
  readonly usedAt: Instant | null;
  /** When it was ended before that. */
  readonly endedAt: Instant | null;
}

/** The mark of a password among the proofs of a visit. */
export const PASSWORD_MARK = 'password';

/** The proofs of a visit, as they are compared. */
export function joinMarks(marks: readonly string[]): string {
  return marks.join(' ');
}

/** The proofs of a visit, one by one. */
export function splitMarks(proofs: string): readonly string[] {
  return proofs.split(' ');
}
