import { readFile, rm } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { parseFacts } from './check-queue-server.ts';
import { isGoneWithin, isRedisIn } from './process-identity.ts';
import type { RedisPlace } from './redis-place.ts';

/** A Redis of ours that has outlived its daemon. */
interface LeftoverRedis {
  readonly pid: number;
}

/**
 * Finds the Redis that works in the folder, by its socket and by its pid file: after a `kill -9` of the daemon it
 * still runs. Null when there is none. Throws when a Redis of somebody else answers on the socket.
 */
async function findLeftoverRedis(place: RedisPlace): Promise<LeftoverRedis | null> {
  const answer = await ask(place.socketPath);
  if (answer !== null) {
    if (answer.dir !== place.dir || answer.pid === null) {
      throw new Error(`another Redis, which works in ${answer.dir}, listens on ${place.socketPath}`);
    }
    return { pid: answer.pid };
  }
  const pid = Number(await readFile(place.pidFile, 'utf8').catch(() => ''));
  return Number.isSafeInteger(pid) && pid > 0 && (await isRedisIn(pid, place.dir)) ? { pid } : null;
}

/**
 * Ends what `findLeftoverRedis` finds, and takes its socket away. A Redis that is asked to end writes its
 * append-only file first; one that hangs for 5 s is killed. Throws when it will not go.
 */
export async function endLeftoverRedis(place: RedisPlace, log: Logger): Promise<void> {
  const leftover = await findLeftoverRedis(place);
  if (leftover !== null) {
    log.warn('leftover-queue-server-found', { pid: leftover.pid });
    process.kill(leftover.pid, 'SIGTERM');
    if (!(await isGoneWithin(leftover.pid, 5 * SECOND))) {
      process.kill(leftover.pid, 'SIGKILL');
      if (!(await isGoneWithin(leftover.pid, 5 * SECOND))) {
        throw new Error(`the Redis of an earlier daemon (process ${leftover.pid}) does not end`);
      }
    }
    log.info('leftover-queue-server-ended', { pid: leftover.pid });
  }
  await rm(place.socketPath, { force: true });
}

async function ask(path: string): Promise<{ pid: number | null; dir: string } | null> {
  const redis = new Redis({
    path,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: 2 * SECOND,
    commandTimeout: 2 * SECOND,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const { pid } = parseFacts(await redis.info('server'));
    const dir = (await redis.config('GET', 'dir')) as readonly string[];
    return { pid, dir: String(dir[1]) };
  } catch {
    return null;
  } finally {
    redis.disconnect();
  }
}
