import { setTimeout as sleep } from 'node:timers/promises';
import type { Millis } from '../core/kit/clock.ts';

/** Resolves or rejects with the promise, or rejects after `millis`. What the promise does later is ignored. */
export async function within<T>(millis: Millis, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(millis, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${millis} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    // The losers' rejections are nobody's.
    promise.catch(() => undefined);
    late.catch(() => undefined);
  }
}
