import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE, type Millis, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { endLeftoverRedis } from './redis-leftover.ts';
import { becomeOwner, ceaseToOwn, findOwner } from './redis-owner.ts';
import { prepareRedisPlace, type RedisPlace } from './redis-place.ts';
import { findRedisProgram, type RedisProcess, startRedisProcess } from './redis-process.ts';

/** How to run a Redis of our own. */
export interface ManagedRedisOptions {
  /** Its folder; made with mode 0700. */
  readonly dir: string;
  /** Where the socket goes when its path in `dir` would be over 107 bytes. */
  readonly runtimeDir?: string;
  /** The path of the program; found in PATH when it is left out. */
  readonly redisServer?: string;
  readonly log: Logger;
}

/** A Redis that is kept running. */
export interface ManagedRedis {
  /** Stays the same over restarts. */
  readonly socketPath: string;
  /** The process that runs now, or that ran last. */
  readonly pid: number;
  /** Ends the server cleanly; resolves when it is gone. Idempotent. */
  stop(): Promise<void>;
}

const SHORTEST_PAUSE: Millis = 200;
const LONGEST_PAUSE: Millis = 10 * SECOND;

/**
 * Starts a redis-server as a child, on a Unix socket and without TCP, and starts it again, with backoff, when it
 * ends by itself. It ends with this process, unless that is killed: the next start ends what is left.
 *
 * Resolves when it answers. Throws when there is no redis-server, when another living daemon uses the folder, or
 * when a Redis of somebody else has the socket.
 */
export async function startManagedRedis(options: ManagedRedisOptions): Promise<ManagedRedis> {
  const { log } = options;
  const program = await findRedisProgram(options.redisServer);
  const place = await prepareRedisPlace(options.dir, options.runtimeDir);
  const owner = await findOwner(place);
  if (owner !== null) throw new Error(`another daemon (process ${owner}) runs the queue in ${place.dir}`);
  await endLeftoverRedis(place, log);
  await becomeOwner(place);

  const stopping = new AbortController();
  let current = await launch(program, place, log);
  const endNow = () => current.endNow();
  process.once('exit', endNow);
  const supervised = supervise();

  async function supervise(): Promise<void> {
    let pause = SHORTEST_PAUSE;
    let since = performance.now();
    for (;;) {
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      if (performance.now() - since > MINUTE) pause = SHORTEST_PAUSE;
      log.error('queue-server-ended', { pid: current.pid, how, again: pause });
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      since = performance.now();
      const next = await launch(program, place, log).catch((error: unknown) => {
        log.error('queue-server-not-started', { error });
        return null;
      });
      if (next !== null) current = next;
    }
  }

  return {
    socketPath: place.socketPath,
    get pid() {
      return current.pid;
    },
    async stop() {
      stopping.abort();
      process.off('exit', endNow);
      await current.end();
      await supervised;
      // A launch may have been under way.
      await current.end();
      await ceaseToOwn(place);
    },
  };
}

/**
 * Starts the server; when it does not come up with the data that it finds, sets them aside and starts it empty: the
 * ledger implies every job that was in them.
 */
async function launch(program: string, place: RedisPlace, log: Logger): Promise<RedisProcess> {
  try {
    return logged(await startRedisProcess(program, place, log), log);
  } catch (error) {
    const aside = `appendonlydir.unreadable-${Date.now()}`;
    const kept = await rename(join(place.dir, 'appendonlydir'), join(place.dir, aside)).then(
      () => true,
      () => false,
    );
    if (!kept) throw error;
    log.error('queue-data-set-aside', { folder: join(place.dir, aside), error });
    return logged(await startRedisProcess(program, place, log), log);
  }
}

function logged(server: RedisProcess, log: Logger): RedisProcess {
  log.info('queue-server-started', { pid: server.pid });
  return server;
}
