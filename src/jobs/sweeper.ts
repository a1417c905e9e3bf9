import { setImmediate as breathe } from 'node:timers/promises';
import type { CustodyLedger, WorkHints } from '../core/custody/ports.ts';
import { type Clock, MINUTE, type Millis, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';

/** What a sweeper needs. */
export interface SweeperOptions {
  readonly ledger: Pick<CustodyLedger, 'impliedWork'>;
  readonly hints: WorkHints;
  readonly clock: Clock;
  readonly log: Logger;
  /** Between the end of a sweep and the next, in milliseconds (one minute). */
  readonly every?: Millis;
  /** The most work that one sweep hints at (10,000); the oldest comes first. */
  readonly most?: number;
}

/** A running sweeper. */
export interface Sweeper {
  /** Sweeps now, or once more after the sweep that is under way: after the queue has come back. Returns at once. */
  sweepSoon(): void;
  /** Starts no further sweep, and resolves when none is under way. Idempotent. */
  stop(): Promise<void>;
}

/** Between two sweeps when the first has found more than it could hint at. */
const SOON: Millis = 5 * SECOND;

/** Hints given without a pause for the event loop: each is a write to Redis of a quarter of a millisecond. */
const BATCH = 20;

/**
 * Re-enqueues what the ledger's states imply: at once, then every minute (sooner
 * when there was more than one sweep hints at), never twice at a time. This is what makes
 * the queue a hint: a job that was lost is found again. A ledger that cannot answer is logged and asked next time.
 */
export function startSweeper(options: SweeperOptions): Sweeper {
  const { ledger, hints, clock, log, every = MINUTE, most = 10_000 } = options;
  let stopped = false;
  let again = false;
  let pause = every;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | null = null;

  async function sweep(): Promise<void> {
    pause = every;
    const work = await ledger.impliedWork(clock.now(), most);
    for (const [index, item] of work.entries()) {
      if (stopped) return;
      hints.hint(item);
      if (index % BATCH === BATCH - 1) await breathe();
    }
    log.debug('swept', { work: work.length });
    if (work.length < most) return;
    pause = Math.min(every, SOON);
    log.warn('sweep-full', { most, again: pause });
  }

  function start(): void {
    if (stopped) return;
    if (underWay !== null) {
      again = true;
      return;
    }
    again = false;
    clearTimeout(timer);
    underWay = sweep()
      .catch((error: unknown) => log.error('sweep-failed', { error }))
      .finally(() => {
        underWay = null;
        if (again) start();
        else if (!stopped) timer = setTimeout(start, pause);
      });
  }

  start();
  return {
    sweepSoon: start,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
