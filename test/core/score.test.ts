import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  banAt,
  CLEAN,
  penalise,
  pointsAt,
  type Score,
  type ScorePolicy,
} from '../../src/core/accounts/guard/score.ts';
import { DAY, HOUR, MINUTE } from '../../src/core/kit/clock.ts';

const POLICY: ScorePolicy = { halfLife: 30 * MINUTE, threshold: 10, first: MINUTE, longest: HOUR };
const START = Date.UTC(2026, 10, 21, 12);

/** Failures, each so long after the one before, and what they cost. */
const failures = fc.array(
  fc.record({ after: fc.nat(2 * HOUR), points: fc.double({ min: 0.1, max: 5, noNaN: true }) }),
  { maxLength: 60 },
);

function play(all: readonly { readonly after: number; readonly points: number }[]): [Score, number] {
  let [score, now] = [CLEAN, START];
  for (const { after, points } of all) {
    now += after;
    score = penalise(score, points, now, POLICY);
  }
  return [score, now];
}

describe('points', () => {
  test('lose half in a half-life, and never grow by themselves, even when the clock is set back', () => {
    fc.assert(
      fc.property(failures, fc.integer({ min: -DAY, max: DAY }), (all, later) => {
        const [score, now] = play(all);
        const points = pointsAt(score, now, POLICY.halfLife);
        const then = pointsAt(score, now + later, POLICY.halfLife);
        expect(points).toBeGreaterThanOrEqual(0);
        expect(points).toBeLessThan(POLICY.threshold);
        expect(then).toBeLessThanOrEqual(score.points);
        const end = Math.max(now, score.at);
        const half = pointsAt(score, end + POLICY.halfLife, POLICY.halfLife);
        expect(half).toBeCloseTo(pointsAt(score, end, POLICY.halfLife) / 2, 9);
      }),
    );
  });

  test('that come seldom are never a ban', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (count) => {
        const [score] = play(Array.from({ length: count }, () => ({ after: 5 * MINUTE, points: 1 })));
        expect(score.bans).toBe(0);
      }),
    );
  });
});

describe('a ban', () => {
  test('comes with the threshold, is as it is while it lasts, and grows from one to the next up to the longest', () => {
    let score = CLEAN;
    for (let i = 0; i < 9; i++) score = penalise(score, 1, START, POLICY);
    expect(banAt(score, START, POLICY)).toBeNull();
    score = penalise(score, 1, START, POLICY);
    expect(banAt(score, START, POLICY)).toBe(START + MINUTE);
    expect(penalise(score, 5, START + MINUTE - 1, POLICY)).toBe(score);
    const lengths: number[] = [];
    for (let i = 0; i < 10; i++) {
      const now = score.bannedUntil;
      expect(banAt(score, now, POLICY)).toBeNull();
      score = penalise(score, 1, now, POLICY);
      lengths.push((score.bannedUntil - now) / MINUTE);
    }
    expect(lengths).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
  });

  test('begins small again after calm', () => {
    let [score] = play(Array.from({ length: 13 }, () => ({ after: 0, points: 1 })));
    for (let i = 0; i < 3; i++) score = penalise(score, 1, score.bannedUntil, POLICY);
    const calm = score.bannedUntil + HOUR;
    for (let i = 0; i < 9; i++) score = penalise(score, 1, calm, POLICY);
    expect(score.bannedUntil - calm).toBe(MINUTE);
  });

  test('never holds longer than the longest, whatever the clock says', () => {
    fc.assert(
      fc.property(failures, fc.integer({ min: -10 * DAY, max: DAY }), (all, later) => {
        const [score, now] = play(all);
        const until = banAt(score, now + later, POLICY);
        expect(until === null || until - (now + later) <= POLICY.longest).toBe(true);
      }),
    );
  });

  test('leaves somebody who guesses on and on few guesses a day', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10 * MINUTE), { minLength: 1, maxLength: 20 }), (gaps) => {
        let [score, now, guesses] = [CLEAN, START, 0];
        for (let i = 0; now < START + DAY; i++) {
          const until = banAt(score, now, POLICY);
          now = (until ?? now) + (gaps[i % gaps.length] ?? 0) + 1;
          if (until !== null) continue;
          guesses++;
          score = penalise(score, 1, now, POLICY);
        }
        // The bans alone, or guesses so seldom that none comes.
        expect(guesses).toBeLessThan(340);
      }),
      { numRuns: 50 },
    );
  });
});
