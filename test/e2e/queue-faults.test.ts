import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { fileIn } from '../support/arrivals.ts';
import { digestOf, sftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';

/** The sweeper comes by every minute; a busy machine takes its time. */
const LONG = 240_000;

let folder: string;
let redis: RedisServer;
let site: Installation;
let daemon: Daemon | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  redis = await startRedisServer(folder);
  site = await makeInstallation({
    queue: `redis://127.0.0.1:${redis.port}/0`,
    intake: '{ settle: 200ms }',
    notify: '{ gather: 100ms }',
  });
});

afterEach(async () => {
  await daemon?.end('SIGTERM');
  daemon = null;
});

afterAll(async () => {
  await redis?.stop();
  await site?.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Asks Redis for something past the daemon. */
async function ask(...command: readonly [string, ...string[]]): Promise<void> {
  const client = new Redis({ host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await client.call(...command);
  } finally {
    client.disconnect();
  }
}

/** What happens to Redis while people upload, and how it ends. */
const FAULTS: Readonly<Record<string, { begin(): Promise<void>; end(): Promise<void> }>> = {
  'is flushed': { begin: async () => undefined, end: () => ask('FLUSHALL') },
  'is killed, and started again': {
    begin: () => redis.stop(),
    end: async () => void (redis = await startRedisServer(folder, redis.port)),
  },
  'stands still': {
    begin: async () => void process.kill(redis.pid, 'SIGSTOP'),
    end: async () => void process.kill(redis.pid, 'SIGCONT'),
  },
  'is full': {
    begin: () => ask('CONFIG', 'SET', 'maxmemory', '1'),
    end: () => ask('CONFIG', 'SET', 'maxmemory', '0'),
  },
};

/** Uploads three files, which have to be acknowledged whatever the queue does. */
async function upload(to: Daemon, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await writeFile(join(folder, name), `the bytes of ${name}\n`);
    expect(await sftp(site, to, 'alice', `put ${join(folder, name)} ${name}`)).toMatchObject({ code: 0 });
  }
}

/** Waits until the files have arrived with their bytes. Returns what the doctor finds broken then. */
async function faultsAfterArrival(names: readonly string[]): Promise<readonly string[]> {
  for (const name of names) {
    const file = await fileIn(site, 'alice', name, 'arrived', LONG / 2);
    if (file.sha256 !== (await digestOf(join(folder, name)))) throw new Error(`${name} has other bytes`);
  }
  const { code, stdout, stderr } = await site.havengate('doctor');
  return code === 0 ? [] : [stdout, stderr];
}

test.each(Object.entries(FAULTS))(
  'while Redis %s, uploads are acknowledged; all of them arrive afterwards, and every invariant holds',
  { timeout: LONG },
  async (what, fault) => {
    daemon = await startDaemon(site);
    const names = ['before', 'meanwhile', 'after'].map((when) =>
      `${when} ${what}.csv`.replaceAll(/[ ,]+/g, '-'),
    );
    await upload(daemon, names.slice(0, 1));
    await fault.begin();
    await upload(daemon, names.slice(1, 2));
    await fault.end();
    await upload(daemon, names.slice(2));
    expect(await faultsAfterArrival(names)).toEqual([]);
  },
);

test('a daemon that starts without Redis takes uploads, and they arrive when it comes', {
  timeout: LONG,
}, async () => {
  await redis.stop();
  daemon = await startDaemon(site);
  await upload(daemon, ['absent.csv']);
  redis = await startRedisServer(folder, redis.port);
  expect(await faultsAfterArrival(['absent.csv'])).toEqual([]);
});
