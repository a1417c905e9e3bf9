import type { Clock, Millis } from '../../kit/clock.ts';

/** How many things a memory of looks holds; what is beyond waits until others are settled. */
const MOST = 10_000;

/**
 * Remembers from look to look what stays the same. Nothing that a desktop does is believed at once: a client may be in
 * the middle of a copy, or a rename was seen halfway.
 */
export interface Looks {
  /** True when the thing was seen with the same sign at every look for at least the grace. */
  hasStood(thing: string, sign: string): boolean;
  /** Ends a look: forgets what was not seen in it. True when something is to be looked at again soon. */
  end(): boolean;
}

/** An empty memory. */
export function createLooks(clock: Clock, grace: Millis): Looks {
  const seen = new Map<string, { sign: string; since: number; look: number }>();
  let look = 0;
  let waits = false;

  return {
    hasStood(thing, sign) {
      const now = clock.monotonic();
      const before = seen.get(thing);
      if (before !== undefined && before.sign === sign) {
        before.look = look;
        const stood = now - before.since >= grace;
        waits ||= !stood;
        return stood;
      }
      waits = true;
      if (before !== undefined || seen.size < MOST) seen.set(thing, { sign, since: now, look });
      return false;
    },
    end() {
      for (const [thing, entry] of seen) if (entry.look !== look) seen.delete(thing);
      look++;
      const again = waits;
      waits = false;
      return again;
    },
  };
}
