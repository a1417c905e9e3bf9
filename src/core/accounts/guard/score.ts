import type { Instant, Millis } from '../../kit/clock.ts';

/** What has failed somewhere lately, in points that decay, and the ban that came of it. */
export interface Score {
  /** As they were at `at`. */
  readonly points: number;
  /** From then on they decay: the last failure, or the end of the last ban. */
  readonly at: Instant;
  /** Bans that came one after the other, without calm between them. */
  readonly bans: number;
  /** The end of the last ban; 0 without one. */
  readonly bannedUntil: Instant;
}

/** When points lead to a ban, and for how long. */
export interface ScorePolicy {
  /** Points lose half in so long. */
  readonly halfLife: Millis;
  /** So many points, or more, are a ban. */
  readonly threshold: number;
  /** How long the first ban is; each that follows on it is twice as long as the one before, up to `longest`. */
  readonly first: Millis;
  readonly longest: Millis;
}

/** Nothing has failed. */
export const CLEAN: Score = { points: 0, at: 0, bans: 0, bannedUntil: 0 };

/** What has decayed between one failure and the next does not make a whole one more of it. */
const ROUNDING = 0.5;

/** The points now. They never grow by themselves, whatever a clock does. */
export function pointsAt({ points, at }: Score, now: Instant, halfLife: Millis): number {
  return points * 2 ** (-Math.max(0, now - at) / halfLife);
}

/** When the ban that holds now ends; null without one. No ban holds longer than the longest, if the clock is set back. */
export function banAt({ bannedUntil }: Score, now: Instant, { longest }: ScorePolicy): Instant | null {
  return bannedUntil > now && bannedUntil - now <= longest ? bannedUntil : null;
}

/**
 * The score after a failure. During a ban it stays as it is: what fails then makes no ban longer. After a ban one more
 * failure brings the next, until half of the points have decayed: from then on bans begin small again.
 */
export function penalise(score: Score, points: number, now: Instant, policy: ScorePolicy): Score {
  if (banAt(score, now, policy) !== null) return score;
  const before = pointsAt(score, now, policy.halfLife);
  const bans = before < policy.threshold / 2 ? 0 : score.bans;
  const sum = before + points;
  if (sum < policy.threshold - ROUNDING)
    return { points: sum, at: now, bans, bannedUntil: score.bannedUntil };
  const length = Math.min(policy.first * 2 ** Math.min(bans, 30), policy.longest);
  const bannedUntil = now + length;
  return { points: Math.max(policy.threshold - 1, 0), at: bannedUntil, bans: bans + 1, bannedUntil };
}
