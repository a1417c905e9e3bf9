import { Redis } from 'ioredis';
import type { Logger } from '../core/kit/logger.ts';
import { promptConnection, type QueueServer } from './queue-server.ts';

/** The oldest release that is tested. */
const OLDEST = 7;

/** What a Redis tells about itself. */
export interface QueueServerFacts {
  readonly version: string;
  readonly maxmemoryPolicy: string | null;
  readonly pid: number | null;
}

/**
 * Asks a Redis of the site's own for its version and its eviction policy, and warns in the log about what may cost
 * jobs: `queue-server-old`, `queue-server-evicts`. When it does not answer, that is a warning too
 * (`queue-server-unreachable`): the queue is a hint, and work begins when it comes.
 */
export async function checkQueueServer(server: QueueServer, log: Logger): Promise<void> {
  const redis = new Redis({ ...promptConnection(server), lazyConnect: true, retryStrategy: () => null });
  redis.on('error', (error) => log.debug('queue-server-check-error', { error }));
  try {
    await redis.connect();
    const facts = parseFacts(await redis.info());
    log.info('queue-server-found', { version: facts.version, maxmemoryPolicy: facts.maxmemoryPolicy });
    if (Number.parseInt(facts.version, 10) < OLDEST) {
      log.warn('queue-server-old', { version: facts.version, oldestTested: OLDEST });
    }
    if (facts.maxmemoryPolicy !== 'noeviction') {
      log.warn('queue-server-evicts', {
        maxmemoryPolicy: facts.maxmemoryPolicy,
        advice: 'set maxmemory-policy to noeviction: evicted jobs wait for the next sweep',
      });
    }
  } catch (error) {
    log.warn('queue-server-unreachable', { error });
  } finally {
    redis.disconnect();
  }
}

/** Reads the answer to INFO. Valkey answers with the Redis version that it is compatible with. */
export function parseFacts(info: string): QueueServerFacts {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? null;
  const pid = Number(field('process_id'));
  return {
    version: field('redis_version') ?? '0',
    maxmemoryPolicy: field('maxmemory_policy'),
    pid: Number.isSafeInteger(pid) && pid > 0 ? pid : null,
  };
}
