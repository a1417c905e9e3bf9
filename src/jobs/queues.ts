import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { JOB_NAMES, type JobName } from '../core/custody/implied-work.ts';
import type { Logger } from '../core/kit/logger.ts';
import type { JobPayload } from './job-payload.ts';
import { KEY_PREFIX, promptConnection, type QueueServer } from './queue-server.ts';
import { createSparingLog } from './sparing-log.ts';

/** The queue of one job name. */
type JobQueue = Queue<JobPayload>;

/** The queues, one per job name, over one connection that never makes a caller wait for Redis. */
export interface Queues {
  readonly byName: Readonly<Record<JobName, JobQueue>>;
  /** In the order of the list of jobs; for the dashboard and the metrics. */
  readonly all: readonly JobQueue[];
  /** True while a command would be sent at once. Without it a call on a queue may hang until Redis comes. */
  readonly isReachable: () => boolean;
  /** Rejects when Redis does not answer within 5 s; at once when it is known to be away. */
  ping(): Promise<void>;
  /** Calls back now if Redis is there, and every time that it has come or come back. */
  onReachable(listener: () => void): void;
  /** Closes the connection; what was not sent yet is dropped. Idempotent, and does not wait for Redis. */
  close(): Promise<void>;
}

/** Opens the queues. Returns at once, with or without Redis; connecting is tried for ever. */
export function openQueues(options: { readonly server: QueueServer; readonly log: Logger }): Queues {
  const redis = new Redis(promptConnection(options.server));
  const sparing = createSparingLog(options.log);
  const complain = (error: Error) => sparing.warn('queue-connection-error', error.message, { error });
  redis.on('error', complain);
  // The server's version is not asked for: an INFO that fails once would leave a queue unusable for good.
  const open = (name: JobName): JobQueue =>
    new Queue<JobPayload>(name, { connection: redis, prefix: KEY_PREFIX, skipVersionCheck: true }).on(
      'error',
      complain,
    );
  const byName = {
    'inspect-file': open('inspect-file'),
    'admit-file': open('admit-file'),
    'clear-airlock': open('clear-airlock'),
    'move-file': open('move-file'),
    'seal-file': open('seal-file'),
    'release-file': open('release-file'),
    'send-notices': open('send-notices'),
    'send-security-mails': open('send-security-mails'),
    'destroy-file': open('destroy-file'),
    'run-retention': open('run-retention'),
    'scrub-files': open('scrub-files'),
  } satisfies Record<JobName, JobQueue>;
  const all = JOB_NAMES.map((name) => byName[name]);
  let closed = false;
  const isReachable = () => !closed && redis.status === 'ready';
  return {
    byName,
    all,
    isReachable,
    async ping() {
      await redis.ping();
    },
    onReachable(listener) {
      redis.on('ready', listener);
      if (isReachable()) listener();
    },
    async close() {
      closed = true;
      redis.disconnect();
      await Promise.allSettled(all.map(async (queue) => queue.close()));
    },
  };
}
