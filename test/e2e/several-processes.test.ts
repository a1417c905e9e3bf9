import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../src/core/kit/ids.ts';
import { digestOf, sftp, startSftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, MAIN, makeInstallation, NODE, run } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { eventually } from '../support/wait.ts';

let folder: string;
let redis: RedisServer;
let site: Installation;
let doors: Daemon;
let rest: Daemon;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  redis = await startRedisServer(folder);
  site = await makeInstallation({
    queue: `redis://127.0.0.1:${redis.port}/0`,
    intake: '{ settle: 200ms }',
  });
  doors = await startDaemon(site, {}, [], 60_000, ['--roles', 'doors']);
  rest = await startDaemon(site, {}, [], 60_000, ['--roles', 'workers,clock']);
});

afterAll(async () => {
  await doors?.end('SIGTERM');
  await rest?.end('SIGTERM');
  await redis?.stop();
  await site?.remove();
  await rm(folder, { recursive: true, force: true });
});

async function stateOf(name: string): Promise<ListedFile | undefined> {
  const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice');
  return files.find((one) => one.name === name);
}

test('what one process takes in, another inspects and admits', async () => {
  const path = join(folder, 'small.csv');
  await writeFile(path, 'a,b\n1,2\n');
  expect(await sftp(site, doors, 'alice', `put ${path} small.csv`)).toMatchObject({ code: 0 });
  const file = await eventually('it has arrived', async () => {
    const found = await stateOf('small.csv');
    return found?.state === 'arrived' ? found : null;
  });
  expect(file.sha256).toBe(await digestOf(path));
});

test('a restart of the others leaves alone what is on its way through the doors', async () => {
  const path = join(folder, 'large.bin');
  await writeFile(path, Buffer.alloc(20_000_000, 'on its way '));
  const client = startSftp(site, doors, 'alice', ['-l', '24000'], `put ${path} large.bin`);
  const ended = new Promise<number | null>((resolve) => client.once('exit', resolve));
  await eventually('some of it has come', async () => (await stateOf('large.bin'))?.state === 'receiving');
  // As the door leaves it between the bytes of a small upload and its row.
  const coming = join(site.dir, 'data/airlock/coming', newId('file', Date.now()));
  await writeFile(coming, 'whole, and not yet in a row');

  await rest.end('SIGKILL');
  rest = await startDaemon(site, {}, [], 60_000, ['--roles', 'workers,clock']);
  expect(existsSync(coming)).toBe(true);
  expect(await rest.logged('reconciled')).not.toHaveProperty('turnedAway');

  expect(await ended).toBe(0);
  const file = await eventually('it has arrived', async () => {
    const found = await stateOf('large.bin');
    return found?.state === 'arrived' ? found : null;
  });
  expect(file.sha256).toBe(await digestOf(path));

  await doors.end('SIGKILL');
  doors = await startDaemon(site, {}, [], 60_000, ['--roles', 'doors']);
  expect(existsSync(coming)).toBe(false);
  expect(await doors.logged('reconciled')).toMatchObject({ turnedAway: 1 });
});

test('a second process with doors is refused in words, and the first goes on', async () => {
  const refused = await run(NODE, [MAIN, 'serve', '--config', site.config], { within: 30_000 });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /another daemon has the doors of this installation open \(it holds .*doors\.lock\); nothing was changed: end that one first, or start this one with --roles workers,clock/,
  );
  expect(await sftp(site, doors, 'alice', 'ls /arrivals')).toMatchObject({ code: 0 });
});
