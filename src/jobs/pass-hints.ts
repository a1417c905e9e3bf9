import type { ImpliedWork } from '../core/custody/implied-work.ts';
import { type Millis, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { encodeWork, jobIdOf } from './job-payload.ts';
import type { QueueServer } from './queue-server.ts';
import { openQueues } from './queues.ts';
import { trueWithin } from './true-within.ts';
import { JOB_OPTIONS } from './work-hints.ts';

/** How long a Redis gets to be there, and then to take all hints. */
const PATIENCE: Millis = SECOND;

/**
 * Passes hints to the queue of a daemon that may be running, from a process that ends soon. False when they were not
 * all taken within about two seconds: the daemon's sweeper then finds what they meant. Never throws.
 */
export async function passHints(options: {
  readonly server: QueueServer;
  readonly work: readonly ImpliedWork[];
  readonly log: Logger;
}): Promise<boolean> {
  const { server, work, log } = options;
  const queues = openQueues({ server, log });
  try {
    const there = new Promise<true>((reached) => queues.onReachable(() => reached(true)));
    if (!(await trueWithin(PATIENCE, there))) return false;
    const added = work.map((one) =>
      queues.byName[one.job].add(one.job, encodeWork(one), { ...JOB_OPTIONS, jobId: jobIdOf(one) }),
    );
    return await trueWithin(
      PATIENCE,
      Promise.all(added).then(
        () => true,
        () => false,
      ),
    );
  } finally {
    await queues.close();
  }
}
