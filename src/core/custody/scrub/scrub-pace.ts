import { type Millis, SECOND } from '../../kit/clock.ts';
import type { ScrubPace } from './ports.ts';

/** What a pace goes by. */
export interface PaceOptions {
  /** Bytes per second. */
  readonly rate: number;
  /** True while others wait for the disk: then it is a quarter. Asked once a second at most. */
  readonly isBusy: () => Promise<boolean>;
  /** True when the run is to end. */
  readonly isStopped: () => boolean;
  /** The monotonic clock, and how to wait by it. */
  readonly monotonic: () => Millis;
  readonly wait: (time: Millis) => Promise<void>;
}

/** A share of the rate, while others wait. */
const YIELDING = 1 / 4;

/** So long a wait is worth a timer, and no more is caught up after a pause. */
const WORTH_WAITING: Millis = 10;

/** A pace of so many bytes in a second, from now on. */
export function createScrubPace({ rate, isBusy, isStopped, monotonic, wait }: PaceOptions): ScrubPace {
  let free = monotonic();
  let [busy, askedAt] = [false, Number.NEGATIVE_INFINITY];

  async function ask(): Promise<void> {
    if (monotonic() - askedAt < SECOND) return;
    askedAt = monotonic();
    busy = await isBusy();
  }

  return {
    async next() {
      await ask();
      return !isStopped();
    },
    async took(bytes) {
      await ask();
      const now = monotonic();
      free = Math.max(free, now - WORTH_WAITING) + (bytes / (busy ? rate * YIELDING : rate)) * SECOND;
      if (free - now > WORTH_WAITING) await wait(free - now);
      return !isStopped();
    },
  };
}

/** As quickly as it goes. */
export const UNPACED: ScrubPace = { next: async () => true, took: async () => true };
