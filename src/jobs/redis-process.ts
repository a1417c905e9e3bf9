import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { MINUTE, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import type { RedisPlace } from './redis-place.ts';

/** A redis-server that answers. */
export interface RedisProcess {
  readonly pid: number;
  /** Resolves with how it ended, whenever that is. */
  readonly ended: Promise<string>;
  /** Ends it cleanly, and by force after 10 s. Resolves when it is gone. */
  end(): Promise<void>;
  /** Sends it the signal to end, without waiting: for the last moment of a process. */
  endNow(): void;
}

const PROGRAMS = ['redis-server', 'valkey-server'];
const LAST_LINES = 12;

/** The path of a redis-server: the one that is given, else the first in PATH and the usual folders. */
export async function findRedisProgram(given?: string): Promise<string> {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/bin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  const candidates =
    given === undefined ? PROGRAMS.flatMap((name) => folders.map((dir) => join(dir, name))) : [given];
  for (const candidate of candidates) {
    if (await isProgram(candidate)) return candidate;
  }
  throw new Error(
    `${given === undefined ? 'no redis-server was found in PATH' : `${given} is not a program`}; the queue needs one. ` +
      'Install it (Debian and Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; macOS: brew install ' +
      'redis), or set `queue` to the address of a Redis that runs already, such as redis://host:6379',
  );
}

/**
 * Starts a redis-server and waits until it answers. Throws with its last words when it ends first, or when it has
 * not read its data within a minute.
 */
export async function startRedisProcess(
  program: string,
  place: RedisPlace,
  log: Logger,
): Promise<RedisProcess> {
  // In a process group of its own: a Ctrl-C in the daemon's terminal is for the daemon, which ends it in order.
  const child = spawn(program, argumentsFor(place), {
    cwd: place.dir,
    detached: true,
    env: environmentFor(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.debug('queue-server-said', { line });
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
    });
  }
  const ended = endOf(child);
  const outcome = await Promise.race([ended, answers(place.socketPath)]);
  if (outcome !== 'ready' || child.pid === undefined) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    throw new Error(`${program} did not start (${outcome})\n${lastLines.join('\n')}`.trim());
  }
  return {
    pid: child.pid,
    ended,
    async end() {
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 10 * SECOND);
      await ended;
      clearTimeout(patience);
    },
    endNow() {
      child.kill('SIGTERM');
    },
  };
}

function argumentsFor(place: RedisPlace): string[] {
  const settings: readonly (readonly [string, string])[] = [
    ['port', '0'],
    ['unixsocket', place.socketPath],
    ['unixsocketperm', '700'],
    ['dir', place.dir],
    ['pidfile', place.pidFile],
    ['daemonize', 'no'],
    ['databases', '1'],
    ['save', ''],
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
    ['maxmemory-policy', 'noeviction'],
    ['logfile', ''],
  ];
  return settings.flatMap(([name, value]) => [`--${name}`, value]);
}

/** What a redis-server may know of our environment. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH'] as const;

/**
 * None of our settings, and nothing that is loaded into us: Debian's redis-server hangs with libfaketime in it, and
 * needs no other clock than the machine's.
 */
function environmentFor(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  } catch (error) {
    return error instanceof Error ? error.message : 'it could not be started';
  }
}

/** Polls, for a server that still reads its data refuses commands. */
async function answers(path: string): Promise<'ready' | 'no answer within a minute'> {
  const end = performance.now() + MINUTE;
  while (performance.now() < end) {
    const redis = new Redis({ path, lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null });
    redis.on('error', () => undefined);
    const pong = await redis
      .connect()
      .then(async () => redis.ping())
      .catch(() => null);
    redis.disconnect();
    if (pong === 'PONG') return 'ready';
    await sleep(25);
  }
  return 'no answer within a minute';
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
