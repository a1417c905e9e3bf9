import { performance } from 'node:perf_hooks';
import type { Clock } from '../core/kit/clock.ts';

/** The clocks of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
