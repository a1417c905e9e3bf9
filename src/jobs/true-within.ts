import { setTimeout as sleep } from 'node:timers/promises';
import type { Millis } from '../core/kit/clock.ts';

/** What `promise` resolves with, or false when it has not done so after `millis`. Rejects as it does, if in time. */
export async function trueWithin(millis: Millis, promise: Promise<boolean>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(millis, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
