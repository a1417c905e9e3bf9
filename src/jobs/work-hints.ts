import type { JobsOptions } from 'bullmq';
import type { ImpliedWork, JobName } from '../core/custody/implied-work.ts';
import type { WorkHints } from '../core/custody/ports.ts';
import { type Millis, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { encodeWork, jobIdOf } from './job-payload.ts';
import type { Queues } from './queues.ts';
import { createSparingLog } from './sparing-log.ts';

/** Hints under way at one time; more are dropped, so that a Redis that hangs cannot fill the memory. */
const MOST_UNDER_WAY = 10_000;

/** Hints of work for later are gathered for so long, and given together. */
const GATHER: Millis = 200;

/** Work that is due sooner is not gathered. */
const WORTH_GATHERING: Millis = SECOND;

/** So many go in one command. */
const MOST_TOGETHER = 100;

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

/** Work that is to be done from an instant of the monotonic clock on. */
interface Gathered {
  readonly work: ImpliedWork;
  readonly due: Millis;
}

/**
 * The queue as a hint. For an id that is waiting, running or delayed nothing happens; a hint that comes earlier
 * than a delayed one of the same id is ignored. Without Redis a hint is dropped, with one line in the log per
 * minute (`hint-dropped`): the sweeper finds what it meant. Hints of work for later reach Redis a moment later, and
 * together.
 */
export function createWorkHints(options: { readonly queues: Queues; readonly log: Logger }): WorkHints {
  const { queues } = options;
  const log = createSparingLog(options.log);
  let underWay = 0;
  let gathered = new Map<string, Gathered>();

  async function add(name: JobName, some: readonly Gathered[]): Promise<void> {
    underWay += some.length;
    try {
      const now = performance.now();
      const jobs = some.map(({ work, due }) => ({
        name,
        data: encodeWork(work),
        opts: {
          ...JOB_OPTIONS,
          jobId: jobIdOf(work),
          ...(due > now ? { delay: Math.ceil(due - now) } : {}),
        },
      }));
      const [first] = jobs;
      if (first !== undefined && jobs.length === 1)
        await queues.byName[name].add(name, first.data, first.opts);
      else await queues.byName[name].addBulk(jobs);
    } catch (error) {
      log.warn('hint-dropped', 'refused', { why: 'Redis did not take it', error });
    } finally {
      underWay -= some.length;
    }
  }

  function give(): void {
    const all = gathered;
    gathered = new Map();
    if (!queues.isReachable()) return log.warn('hint-dropped', 'away', { why: 'Redis is away' });
    for (const [name, some] of Map.groupBy(all.values(), ({ work }) => work.job)) {
      for (let i = 0; i < some.length; i += MOST_TOGETHER) void add(name, some.slice(i, i + MOST_TOGETHER));
    }
  }

  /** The first one of an id stands, as it would in the queue. */
  function gather(work: ImpliedWork, due: Millis): void {
    const id = jobIdOf(work);
    if (gathered.has(id)) return;
    if (gathered.size === 0) setTimeout(give, GATHER).unref();
    gathered.set(id, { work, due });
  }

  return {
    hint(work, delay = 0) {
      if (!queues.isReachable()) log.warn('hint-dropped', 'away', { why: 'Redis is away' });
      else if (underWay + gathered.size >= MOST_UNDER_WAY)
        log.warn('hint-dropped', 'hangs', { why: 'Redis does not answer' });
      else if (delay >= WORTH_GATHERING) gather(work, performance.now() + delay);
      else void add(work.job, [{ work, due: delay > 0 ? performance.now() + delay : 0 }]);
    },
  };
}
