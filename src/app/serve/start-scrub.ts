import { setTimeout as sleep } from 'node:timers/promises';
import type { Intake } from '../../core/custody/custody.ts';
import { DONE, type JobEnd } from '../../core/custody/inspect-file.ts';
import type { WorkHints } from '../../core/custody/ports.ts';
import { scrubDue } from '../../core/custody/scrub/scrub.ts';
import { createScrubPace } from '../../core/custody/scrub/scrub-pace.ts';
import { MINUTE } from '../../core/kit/clock.ts';
import type { Queues } from '../../jobs/queues.ts';
import type { Config } from '../config/config.ts';
import type { Closing } from './closing.ts';

/** More damaged files are counted as so many. */
const MOST_COUNTED = 10_000;

/** The reading of all files again, in this process. */
export interface RunningScrub {
  /** What the job does: reads what is due, as long as there is any. */
  run(): Promise<JobEnd>;
  /** Ends a run that is under way, within a piece; there is no further one. */
  stop(): void;
  counts(): Promise<{ readonly bytes: number; readonly oldest: number; readonly damaged: number }>;
}

/** Made before the workers that run it. With `scrub: off` a run does nothing. */
export function createScrub({ scrub }: Config, intake: Intake): RunningScrub {
  const { ledger, clock, log } = intake;
  let bytes = 0;
  const stopping = new AbortController();
  return {
    async run() {
      if (!scrub.on || stopping.signal.aborted) return DONE;
      const pace = createScrubPace({
        rate: scrub.rate,
        isBusy: async () => (await ledger.impliedWork(clock.now(), 1)).length > 0,
        isStopped: () => stopping.signal.aborted,
        monotonic: () => clock.monotonic(),
        wait: (time) => sleep(time, undefined, { signal: stopping.signal }).catch(() => undefined),
      });
      const counting = {
        next: () => pace.next(),
        took(more: number) {
          bytes += more;
          return pace.took(more);
        },
      };
      const run = await scrubDue(intake, clock.now() - scrub.every, counting);
      if (run.files > 0) log.info('scrubbed', { files: run.files, bytes: run.bytes, found: run.found });
      return DONE;
    },
    stop: () => stopping.abort(),
    async counts() {
      const since = await ledger.oldestScrub();
      const damaged = await ledger.damagedFiles(MOST_COUNTED);
      return {
        bytes,
        oldest: since === null ? 0 : Math.max(0, clock.now() - since),
        damaged: damaged.length,
      };
    },
  };
}

/** Asks for a run whenever the queue has come, and every minute; one that is under way is not asked for twice. */
export function askForScrubs(hints: WorkHints, queues: Pick<Queues, 'onReachable'>, closing: Closing): void {
  let stopped = false;
  const ask = () => {
    if (!stopped) hints.hint({ job: 'scrub-files' });
  };
  queues.onReachable(ask);
  const timer = setInterval(ask, MINUTE);
  timer.unref();
  closing.later('scrub-schedule', async () => {
    stopped = true;
    clearInterval(timer);
  });
}
