import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import type { FileJobName, ImpliedWork } from '../../src/core/custody/implied-work.ts';
import { type AccountId, type FileId, newId } from '../../src/core/kit/ids.ts';
import type { JobHandlers } from '../../src/jobs/job-handlers.ts';
import { type ManagedRedis, startManagedRedis } from '../../src/jobs/managed-redis.ts';
import type { QueueServer } from '../../src/jobs/queue-server.ts';
import { openQueues, type Queues } from '../../src/jobs/queues.ts';
import { startWorkers, type Workers, type WorkersOptions } from '../../src/jobs/workers.ts';
import { DONE, handlersThat } from './handlers-that.ts';
import { type RecordingLog, recordingLog } from './recording-log.ts';

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'havengate-jobs-'));
  onTestFinished(async () => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A real managed Redis that ends with the test. */
export async function redisForTest(log: RecordingLog = recordingLog()): Promise<ManagedRedis> {
  const redis = await startManagedRedis({ dir: await temporaryFolder(), log });
  onTestFinished(async () => redis.stop());
  return redis;
}

/** How to reach it. */
export function serverOf(redis: { readonly socketPath: string }): QueueServer {
  return { kind: 'socket', path: redis.socketPath };
}

/** Queues that close with the test. */
export function queuesForTest(server: QueueServer, log: RecordingLog = recordingLog()): Queues {
  const queues = openQueues({ server, log });
  onTestFinished(async () => queues.close());
  return queues;
}

/** Workers that stop with the test; jobs without a handler in `handlers` end at once. */
export function workersForTest(
  server: QueueServer,
  handlers: Partial<JobHandlers>,
  options: Partial<WorkersOptions> & { log?: RecordingLog } = {},
): Workers {
  const workers = startWorkers({
    server,
    handlers: { ...handlersThat(async () => DONE), ...handlers },
    log: recordingLog(),
    alone: true,
    ...options,
  });
  onTestFinished(async () => void (await workers.stop(2000)));
  return workers;
}

/** A plain connection, for looking and for mischief. */
export function rawRedis(redis: { readonly socketPath: string }): Redis {
  const client = new Redis({ path: redis.socketPath });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

/** Work on a new file. */
export function fileWork(
  job: FileJobName = 'inspect-file',
  generation = 1,
): Extract<ImpliedWork, { readonly ref: unknown }> {
  return { job, ref: { id: newFile(), generation } };
}

export function newFile(): FileId {
  return newId('file', Date.now());
}

export function newAccount(): AccountId {
  return newId('acct', Date.now());
}
