import type { JobsOptions } from 'bullmq';
import type { ImpliedWork } from '../core/custody/implied-work.ts';
import type { WorkHints } from '../core/custody/ports.ts';
import type { Millis } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { encodeWork, jobIdOf } from './job-payload.ts';
import type { Queues } from './queues.ts';
import { createSparingLog } from './sparing-log.ts';

/** Hints under way at one time; more are dropped, so that a Redis that hangs cannot fill the memory. */
const MOST_UNDER_WAY = 10_000;

/**
 * How every job is queued. It is tried again for as long as it does not end, and leaves nothing behind when it
 * does: BullMQ ignores in silence what is added under the id of a job that it keeps.
 */
export const JOB_OPTIONS = {
  attempts: 1_000_000_000,
  backoff: { type: 'capped' },
  removeOnComplete: true,
  removeOnFail: true,
  keepLogs: 0,
  stackTraceLimit: 1,
} as const satisfies JobsOptions;

/**
 * The queue as a hint. For an id that is waiting, running or delayed nothing happens; a hint that comes earlier
 * than a delayed one of the same id is ignored. Without Redis a hint is dropped, with one line in the log per
 * minute (`hint-dropped`): the sweeper finds what it meant.
 */
export function createWorkHints(options: { readonly queues: Queues; readonly log: Logger }): WorkHints {
  const { queues } = options;
  const log = createSparingLog(options.log);
  let underWay = 0;

  async function add(work: ImpliedWork, delay: Millis): Promise<void> {
    underWay++;
    try {
      await queues.byName[work.job].add(work.job, encodeWork(work), {
        ...JOB_OPTIONS,
        jobId: jobIdOf(work),
        ...(delay > 0 ? { delay: Math.ceil(delay) } : {}),
      });
    } catch (error) {
      log.warn('hint-dropped', 'refused', { why: 'Redis did not take it', error });
    } finally {
      underWay--;
    }
  }

  return {
    hint(work, delay = 0) {
      if (!queues.isReachable()) log.warn('hint-dropped', 'away', { why: 'Redis is away' });
      else if (underWay >= MOST_UNDER_WAY)
        log.warn('hint-dropped', 'hangs', { why: 'Redis does not answer' });
      else void add(work, delay);
    },
  };
}
