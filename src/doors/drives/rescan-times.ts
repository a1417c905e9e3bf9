import { type Millis, SECOND } from '../../core/kit/clock.ts';

/** A home is looked at once it was quiet for so long after a hint. */
const QUIET: Millis = 500;

/** Hints that do not end put a look off no longer than this. */
const LONGEST_QUIET: Millis = 5 * SECOND;

/** Looking takes at most one part in so many of the time. */
const SHARE_OF_TIME = 10;

/** When which home is to be looked at. Times are monotonic milliseconds. */
export interface RescanTimes {
  hint(home: string, now: Millis): void;
  /** Asks for another look at a home, at this time at the latest. */
  again(home: string, at: Millis): void;
  /** Takes a home whose time has come; null when there is none. */
  take(now: Millis): string | null;
  /** A look took so long: the next one at the same home waits accordingly. */
  took(home: string, now: Millis, duration: Millis): void;
  /** When the next home is due; null for none. */
  next(): Millis | null;
}

interface Waiting {
  readonly since: Millis;
  readonly at: Millis;
}

/** Keeps at most `most` homes waiting; hints beyond that are left to the rescan of all. */
export function createRescanTimes(most: number): RescanTimes {
  const waiting = new Map<string, Waiting>();
  const notBefore = new Map<string, Millis>();

  function put(home: string, since: Millis, at: Millis): void {
    if (waiting.size >= most && !waiting.has(home)) return;
    waiting.set(home, { since, at: Math.max(at, notBefore.get(home) ?? 0) });
  }

  return {
    hint(home, now) {
      const since = waiting.get(home)?.since ?? now;
      put(home, since, Math.min(now + QUIET, since + LONGEST_QUIET));
    },
    again(home, at) {
      const before = waiting.get(home);
      put(home, before?.since ?? at, Math.min(before?.at ?? at, at));
    },
    take(now) {
      for (const [home, { at }] of waiting) {
        if (at > now) continue;
        waiting.delete(home);
        return home;
      }
      return null;
    },
    took(home, now, duration) {
      notBefore.delete(home);
      if (duration > QUIET / SHARE_OF_TIME) notBefore.set(home, now + pauseAfter(duration));
      const before = waiting.get(home);
      if (before !== undefined) put(home, before.since, before.at);
      if (notBefore.size > most) notBefore.clear();
    },
    next() {
      let first: Millis | null = null;
      for (const { at } of waiting.values()) first = first === null ? at : Math.min(first, at);
      return first;
    },
  };
}

/** How long to pause after work, so that it takes no more than its share of the time. */
export function pauseAfter(duration: Millis): Millis {
  return duration * (SHARE_OF_TIME - 1);
}
