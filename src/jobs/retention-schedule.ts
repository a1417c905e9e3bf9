import type { WorkHints } from '../core/custody/ports.ts';
import { HOUR, MINUTE, type Millis } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { encodeWork } from './job-payload.ts';
import type { Queues } from './queues.ts';
import { JOB_OPTIONS } from './work-hints.ts';

/** What keeps the schedule. */
export interface RetentionScheduleOptions {
  readonly queues: Queues;
  readonly hints: WorkHints;
  readonly log: Logger;
  /** Between two runs (one hour). */
  readonly every?: Millis;
  /** How often the schedule itself is looked for, lest a Redis that was emptied forgets it (10 minutes). */
  readonly renew?: Millis;
}

/** A schedule that is kept. */
export interface RetentionSchedule {
  /** Looks after it no more. What Redis has of it stays, for the next start. Idempotent. */
  stop(): void;
}

const WORK = { job: 'run-retention' } as const;

/** The name of the job scheduler in Redis. */
const SCHEDULER = 'retention';

/**
 * Has retention run now, whenever Redis comes back, and every hour, by a BullMQ job scheduler. It is put there again
 * when Redis has forgotten it. It only triggers: what is due, and whether anything was missed, the ledger says.
 */
export function startRetentionSchedule(options: RetentionScheduleOptions): RetentionSchedule {
  const { queues, hints, log, every = HOUR, renew = 10 * MINUTE } = options;
  const queue = queues.byName[WORK.job];
  let stopped = false;

  async function ensure(): Promise<void> {
    const known = await queue.getJobScheduler(SCHEDULER);
    if (stopped || isKept(known, every)) return;
    // Put there over the old one, it would go on from the old one's next time.
    await queue.removeJobScheduler(SCHEDULER);
    await queue.upsertJobScheduler(
      SCHEDULER,
      { every },
      { name: WORK.job, data: encodeWork(WORK), opts: JOB_OPTIONS },
    );
  }
  const look = () => {
    if (stopped || !queues.isReachable()) return;
    ensure().catch((error: unknown) => log.warn('retention-not-scheduled', { error }));
  };

  const timer = setInterval(look, renew);
  timer.unref();
  queues.onReachable(() => {
    if (!stopped) hints.hint(WORK);
    look();
  });
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

/** False too where a clock that was set has left the next run far away, or the job of it was lost. */
function isKept(
  known: { readonly every?: number; readonly next?: number } | undefined,
  every: Millis,
): boolean {
  return known?.every === every && Math.abs((known.next ?? 0) - Date.now()) <= every;
}
