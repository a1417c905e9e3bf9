import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findRedisSocket } from '../../src/jobs/redis-place.ts';
import type { Fault } from './faults.ts';
import type { Haven } from './haven.ts';

/** The Redis that this daemon has started, and no other. */
async function redisOf({ site, daemon }: Haven): Promise<number | null> {
  const text = await readFile(join(site.dir, 'queue/redis.pid'), 'utf8').catch(() => '');
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 1 || daemon === null) return null;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return new RegExp(`^PPid:\\s+${daemon.pid}$`, 'm').test(status) ? pid : null;
}

const kill: Fault = {
  name: 'kill-redis',
  async strike(haven, dice) {
    const times = dice.between(1, 3);
    for (let n = 0; n < times; n++) {
      const pid = await redisOf(haven);
      if (pid !== null) process.kill(pid, 'SIGKILL');
      await sleep(dice.between(100, 3000));
    }
    return `its Redis was killed ${times} times`;
  },
};

const hang: Fault = {
  name: 'hang-redis',
  async strike(haven, dice) {
    const pid = await redisOf(haven);
    if (pid === null) return 'no Redis to stop';
    const millis = dice.between(500, 15_000);
    process.kill(pid, 'SIGSTOP');
    try {
      await sleep(millis);
    } finally {
      if ((await redisOf(haven)) === pid) process.kill(pid, 'SIGCONT');
    }
    return `its Redis stood still for ${millis} ms`;
  },
};

const flush: Fault = {
  name: 'flush-redis',
  async strike(haven, dice) {
    const path = await findRedisSocket(join(haven.site.dir, 'queue'));
    if (path === null) return 'no Redis to flush';
    const redis = new Redis({ path, lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    const times = dice.between(1, 5);
    try {
      await redis.connect();
      for (let n = 0; n < times; n++) {
        await redis.flushall();
        await sleep(dice.between(50, 500));
      }
    } catch {
      return 'its Redis did not answer';
    } finally {
      redis.disconnect();
    }
    return `its Redis was flushed ${times} times`;
  },
};

/** What happens to the Redis that the daemon runs. */
export const QUEUE_FAULTS: readonly Fault[] = [kill, hang, flush];
