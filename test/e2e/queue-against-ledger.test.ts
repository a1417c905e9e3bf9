import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findRedisSocket } from '../../src/jobs/redis-place.ts';
import { arrive } from '../support/arrivals.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';

let site: Installation;
let daemon: Daemon;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 100ms }', notify: '{ gather: 100ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  await writeFile(join(work, 'scan.csv'), 'a,b\n1,2\n');
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  if (work !== undefined) await rm(work, { recursive: true, force: true });
  await site?.remove();
});

async function doctor(): Promise<readonly string[]> {
  const { code, stdout } = await site.havengate('doctor');
  expect(code).toBe(0);
  return stdout.split('\n').filter((line) => line.startsWith('queue against ledger'));
}

test('the doctor says of a stopped installation that there is no queue to compare', async () => {
  expect(await doctor()).toEqual([
    expect.stringMatching(/ok +no daemon runs, so there is no queue to compare/),
  ]);
});

test('the doctor compares the queue of a running daemon with its ledger', async () => {
  daemon = await startDaemon(site);
  const { id } = await arrive(site, daemon, 'alice', join(work, 'scan.csv'), 'scan.csv');
  expect(await doctor()).toEqual([expect.stringMatching(/ok +\d+ jobs were compared/)]);

  // A notice that waits since long ago, in a queue that has lost its job and takes no other.
  const path = await findRedisSocket(join(site.dir, 'queue'));
  const redis = new Redis({ path: path ?? '' });
  await redis.config('SET', 'maxmemory', '1');
  const database = new DatabaseSync(join(site.dir, 'ledger.sqlite3'));
  database.prepare('update notices set sent_at = null, at = 1 where file = ?').run(id);
  database.close();
  expect(await doctor()).toContainEqual(
    expect.stringMatching(/warning +work waits and has no job: send-notices of acct_\w+ since 1970-01-01/),
  );
  await redis.config('SET', 'maxmemory', '0');
  redis.disconnect();
});
