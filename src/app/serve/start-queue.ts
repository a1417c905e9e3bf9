import { join } from 'node:path';
import type { Logger } from '../../core/kit/logger.ts';
import { checkQueueServer } from '../../jobs/check-queue-server.ts';
import { startManagedRedis } from '../../jobs/managed-redis.ts';
import type { QueueServer } from '../../jobs/queue-server.ts';
import type { Config } from '../config/config.ts';
import { readSecretText } from '../keys/secret-file.ts';
import type { Closing } from './closing.ts';

/** The Redis of the queue, and whether this daemon is the only one on it. */
export interface QueuePlace {
  readonly server: QueueServer;
  readonly alone: boolean;
}

/** Starts the daemon's own Redis, or finds the site's. Throws when no `redis-server` can be had. */
export async function startQueue(config: Config, log: Logger, closing: Closing): Promise<QueuePlace> {
  if (config.queue.kind === 'managed') {
    const dir = join(config.data, '..', 'queue');
    const redis = await startManagedRedis({ dir, log });
    closing.later('queue-server', () => redis.stop());
    return { server: { kind: 'socket', path: redis.socketPath }, alone: true };
  }
  const { server, passwordFile } = config.queue;
  const password =
    passwordFile === null
      ? null
      : await readSecretText(passwordFile, (problem) => log.warn('key-readable', { ...problem }));
  const place = server.kind === 'network' && password !== null ? { ...server, password } : server;
  await checkQueueServer(place, log);
  return { server: place, alone: false };
}
