import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, WorkerOptions } from 'bullmq';
import { JOB_NAMES, type JobName } from '../core/custody/implied-work.ts';
import type { JobEnd } from '../core/custody/inspect-file.ts';
import { MINUTE, type Millis, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { assertOneHandlerEach, type JobHandlers } from './job-handlers.ts';
import { type JobPayload, parseWork, type WorkOf } from './job-payload.ts';
import { JobWorker } from './job-worker.ts';
import { KEY_PREFIX, type QueueServer, workerConnection } from './queue-server.ts';
import { createSparingLog } from './sparing-log.ts';

/** What workers need. */
export interface WorkersOptions {
  readonly server: QueueServer;
  readonly handlers: JobHandlers;
  readonly log: Logger;
  /**
   * True when no other process works on these queues, as with a managed Redis: what a killed process left running
   * is then given back at once, rather than after its lock has run out.
   */
  readonly alone: boolean;
  /** How many jobs of a name run at a time; where it is left out, a small number of its own. */
  readonly concurrency?: Partial<Record<JobName, number>>;
  /** How long a silent process keeps a job, in milliseconds (30 s). An event loop blocked longer runs it twice. */
  readonly lock?: Millis;
}

/** Running workers. */
export interface Workers {
  /**
   * Takes no new jobs, waits for those that run, and closes. After `within` milliseconds it closes all the same;
   * their jobs come back later. Never rejects.
   */
  stop(within: Millis): Promise<'finished' | 'forced'>;
}

const CONCURRENCY = {
  'inspect-file': 2,
  'admit-file': 4,
  'clear-airlock': 4,
  'move-file': 2,
  'seal-file': 2,
  'release-file': 4,
  'send-notices': 2,
  'send-security-mails': 2,
  'destroy-file': 4,
  'run-retention': 1,
  'scrub-files': 1,
} satisfies Record<JobName, number>;

/** A process may be killed this often within one job before BullMQ gives the job up, and the sweeper adds it anew. */
const MOST_STALLS = 20;

/** Tells BullMQ to try again; the reason was logged already. */
class NotYet extends Error {}

/**
 * Starts one worker per job. Returns at once: without Redis the workers begin when it comes. Throws when a job has
 * no handler.
 *
 * Jobs run at least once, now and then twice at the same time. A handler that answers `later` or throws is called
 * again after 1 s, 2 s, 4 s … 60 s, for as long as the queue holds the job.
 */
export function startWorkers(options: WorkersOptions): Workers {
  assertOneHandlerEach(options.handlers);
  const workers = JOB_NAMES.map((name) => startWorker(name, options));
  return {
    async stop(within) {
      const closing = Promise.allSettled(workers.map(async (worker) => worker.close()));
      const timer = new AbortController();
      const end = await Promise.race([
        closing.then(() => 'finished' as const),
        sleep(within, 'forced' as const, { signal: timer.signal }),
      ]);
      timer.abort();
      if (end === 'forced') for (const worker of workers) cutOff(worker);
      return end;
    },
  };
}

/** The pause before a job is tried again after so many attempts, in milliseconds. */
export function backoff(attempts: number): Millis {
  return Math.min(SECOND * 2 ** Math.min(attempts - 1, 16), MINUTE);
}

function startWorker<N extends JobName>(name: N, options: WorkersOptions): JobWorker {
  const { log, lock = 30 * SECOND } = options;
  const settings = {
    connection: workerConnection(options.server),
    prefix: KEY_PREFIX,
    concurrency: options.concurrency?.[name] ?? CONCURRENCY[name],
    lockDuration: lock,
    stalledInterval: Math.max(lock / 3, SECOND),
    maxStalledCount: MOST_STALLS,
    runRetryDelay: SECOND,
    // For jobs that were added without options of their own: a job that is kept blocks its id.
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    settings: { backoffStrategy: backoff },
  } satisfies WorkerOptions;
  const worker = new JobWorker(
    name,
    async (job) => run(name, options.handlers[name], job, log),
    settings,
    log,
  );
  const sparing = createSparingLog(log);
  worker.on('error', (error) =>
    sparing.warn('queue-worker-error', `${name} ${error.message}`, { queue: name, error }),
  );
  worker.on('stalled', (id) => log.warn('job-stalled', { queue: name, job: id }));
  worker.on('failed', (job, error) => {
    if (error.name === 'UnrecoverableError') log.warn('job-given-up', { queue: name, job: job?.id, error });
  });
  begin(worker, options.alone).catch((error: unknown) =>
    log.error('queue-worker-failed', { queue: name, error }),
  );
  return worker;
}

async function begin(worker: JobWorker, alone: boolean): Promise<void> {
  await worker.waitUntilReady();
  if (worker.closing !== undefined) return;
  if (alone) await worker.giveBackOrphans();
  await worker.run();
}

async function run<N extends JobName>(
  name: N,
  handle: (work: WorkOf<N>) => Promise<JobEnd>,
  job: Job<JobPayload>,
  log: Logger,
): Promise<void> {
  const about = { queue: name, job: job.id };
  const work = parseWork(name, job.data);
  if (!isWorkOf(name, work)) {
    log.warn('job-dropped', { ...about, why: 'its payload is not ours, or of another version' });
    return;
  }
  const end = await handle(work).catch((error: unknown) => {
    log.error('job-failed', { ...about, attempt: job.attemptsMade + 1, error });
    throw error;
  });
  if (end.end === 'done') return;
  // The reason of the attempt before, so that waiting for one thing is told once.
  if (job.failedReason !== end.why) {
    log.info('job-later', { ...about, attempt: job.attemptsMade + 1, why: end.why });
  }
  throw new NotYet(end.why);
}

function isWorkOf<N extends JobName>(name: N, work: ReturnType<typeof parseWork>): work is WorkOf<N> {
  return work?.job === name;
}

/** Closes the connections under a worker that does not come to an end; its own `close` may never resolve. */
function cutOff(worker: JobWorker): void {
  const backend = worker.getBackend();
  for (const client of [backend.client, backend.blockingClient]) {
    client?.then((redis) => redis.disconnect()).catch(() => undefined);
  }
  backend.close(true).catch(() => undefined);
}
