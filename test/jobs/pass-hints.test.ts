import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import { passHints } from '../../src/jobs/pass-hints.ts';
import { findRedisSocket } from '../../src/jobs/redis-place.ts';
import { fileWork, redisForTest, serverOf, temporaryFolder, workersForTest } from './bench.ts';
import { eventually } from './eventually.ts';
import { DONE } from './handlers-that.ts';
import { recordingLog } from './recording-log.ts';

test('hints from another process reach the workers', async () => {
  const server = serverOf(await redisForTest());
  const done: ImpliedWork[] = [];
  workersForTest(server, { 'destroy-file': async (work) => (done.push(work), DONE) });
  const work = [fileWork('destroy-file'), fileWork('destroy-file')];
  expect(await passHints({ server, work, log: recordingLog() })).toBe(true);
  await eventually('both ran', () => done.length === 2);
  expect(done).toEqual(expect.arrayContaining(work));
});

test('hints to a daemon that does not run are given up soon', async () => {
  const dir = await temporaryFolder();
  const before = performance.now();
  const server = { kind: 'socket', path: join(dir, 'none.sock') } as const;
  expect(await passHints({ server, work: [fileWork()], log: recordingLog() })).toBe(false);
  expect(performance.now() - before).toBeLessThan(3000);
});

test('the socket is found without making anything', async () => {
  const dir = await temporaryFolder();
  expect(await findRedisSocket(join(dir, 'queue'))).toBeNull();
  expect(await findRedisSocket(dir)).toBe(join(dir, 'redis.sock'));
});
