import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { jobIdOf } from '../../src/jobs/job-payload.ts';
import { startManagedRedis } from '../../src/jobs/managed-redis.ts';
import { createWorkHints } from '../../src/jobs/work-hints.ts';
import { fileWork, queuesForTest, redisForTest, serverOf, temporaryFolder, workersForTest } from './bench.ts';
import { eventually } from './eventually.ts';
import { DONE } from './handlers-that.ts';
import { recordingLog } from './recording-log.ts';

/** How long something takes that does not wait, in milliseconds. */
function duration(action: () => void): number {
  const before = performance.now();
  action();
  return performance.now() - before;
}

describe('a hint', () => {
  test('returns at once while Redis is away, and tells it once', async () => {
    const log = recordingLog();
    const queues = queuesForTest({ kind: 'socket', path: '/nowhere/redis.sock' }, log);
    const hints = createWorkHints({ queues, log });
    await sleep(300);
    expect(duration(() => hints.hint(fileWork()))).toBeLessThan(50);
    for (let i = 0; i < 1000; i++) hints.hint(fileWork());
    expect(log.of('hint-dropped')).toHaveLength(1);
    expect(log.of('queue-connection-error')).toHaveLength(1);
  });

  test('works when Redis comes after the start, and workers begin then', async () => {
    const dir = await temporaryFolder();
    const first = await startManagedRedis({ dir, log: recordingLog() });
    await first.stop();
    const log = recordingLog();
    const server = serverOf(first);
    const queues = queuesForTest(server, log);
    const hints = createWorkHints({ queues, log });
    let runs = 0;
    workersForTest(server, { 'inspect-file': async () => (runs++, DONE) });
    let times = 0;
    queues.onReachable(() => {
      times++;
      hints.hint(fileWork());
    });
    await sleep(500);
    expect(times).toBe(0);

    const second = await startManagedRedis({ dir, log: recordingLog() });
    onTestFinished(async () => second.stop());
    await eventually('it ran', () => runs === 1);
    expect(times).toBe(1);
  });

  test('returns at once while Redis hangs, and cannot fill the memory', async () => {
    const redis = await redisForTest();
    const log = recordingLog();
    const queues = queuesForTest(serverOf(redis), log);
    const hints = createWorkHints({ queues, log });
    await eventually('Redis is reachable', () => queues.isReachable());
    hints.hint(fileWork());
    await eventually('it waits', async () => (await queues.byName['inspect-file'].getWaitingCount()) === 1);

    process.kill(redis.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(redis.pid, 'SIGCONT'));
    expect(duration(() => hints.hint(fileWork()))).toBeLessThan(50);
    for (let i = 0; i < 20_000; i++) hints.hint(fileWork());
    expect(log.of('hint-dropped')).toMatchObject([{ fields: { why: 'Redis does not answer' } }]);
    await eventually('those under way are given up', () =>
      log.of('hint-dropped').some((line) => line.fields['why'] === 'Redis did not take it'),
    );
    process.kill(redis.pid, 'SIGCONT');
    const after = fileWork('admit-file');
    await eventually('hints are taken again', async () => {
      if (queues.isReachable()) hints.hint(after);
      const job = await queues.byName['admit-file'].getJob(jobIdOf(after)).catch(() => undefined);
      return job !== undefined;
    });
  });

  test('never throws, even when its queues are closed', async () => {
    const log = recordingLog();
    const redis = await redisForTest();
    const queues = queuesForTest(serverOf(redis), log);
    const hints = createWorkHints({ queues, log });
    await eventually('Redis is reachable', () => queues.isReachable());
    hints.hint(fileWork());
    await queues.close();
    await queues.close();
    hints.hint(fileWork());
    await eventually('it was dropped', () => log.of('hint-dropped').length > 0);
    expect(queues.isReachable()).toBe(false);
  });
});

describe('hints of work for later', () => {
  test('reach the queue together, each with its own delay, and the first of an id stands', async () => {
    const redis = await redisForTest();
    const queues = queuesForTest(serverOf(redis));
    const hints = createWorkHints({ queues, log: recordingLog() });
    await eventually('Redis is reachable', () => queues.isReachable());
    const work = Array.from({ length: 250 }, () => fileWork());
    for (const one of work) hints.hint(one, 60_000);
    for (const one of work) hints.hint(one, 5000);
    const other = fileWork('admit-file');
    hints.hint(other, 30_000);
    const queue = queues.byName['inspect-file'];
    await eventually('all are there', async () => (await queue.getDelayedCount()) === work.length);
    for (const one of [work[0], work.at(-1)]) {
      const job = await queue.getJob(one === undefined ? '' : jobIdOf(one));
      expect(job?.delay).toBeGreaterThan(50_000);
      expect(job?.delay).toBeLessThanOrEqual(60_000);
    }
    await eventually(
      'the other too',
      async () => (await queues.byName['admit-file'].getDelayedCount()) === 1,
    );
  });

  test('are dropped when Redis has gone meanwhile, and that is told', async () => {
    const redis = await redisForTest();
    const log = recordingLog();
    const queues = queuesForTest(serverOf(redis), log);
    const hints = createWorkHints({ queues, log });
    await eventually('Redis is reachable', () => queues.isReachable());
    hints.hint(fileWork(), 60_000);
    await queues.close();
    await eventually('it was dropped', () => log.of('hint-dropped').length > 0);
    expect(log.of('hint-dropped')).toMatchObject([{ fields: { why: 'Redis is away' } }]);
  });
});

describe('the queues', () => {
  test('answer whether Redis is there', async () => {
    const redis = await redisForTest();
    const queues = queuesForTest(serverOf(redis));
    await eventually('Redis is reachable', () => queues.isReachable());
    await queues.ping();
    const away = queuesForTest({ kind: 'socket', path: '/nowhere/redis.sock' });
    await expect(away.ping()).rejects.toThrow(/writeable/);
    expect(away.isReachable()).toBe(false);
  });
});
