import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import type { Clock } from '../../src/core/kit/clock.ts';
import { type Sweeper, type SweeperOptions, startSweeper } from '../../src/jobs/sweeper.ts';
import { createWorkHints } from '../../src/jobs/work-hints.ts';
import { fileWork, queuesForTest, rawRedis, redisForTest, serverOf, workersForTest } from './bench.ts';
import { eventually } from './eventually.ts';
import { DONE } from './handlers-that.ts';
import { recordingLog } from './recording-log.ts';

const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

function sweeperForTest(options: Partial<SweeperOptions> & Pick<SweeperOptions, 'ledger'>): Sweeper {
  const sweeper = startSweeper({ hints: { hint: () => undefined }, clock, log: recordingLog(), ...options });
  onTestFinished(async () => sweeper.stop());
  return sweeper;
}

describe('the sweeper', () => {
  test('sweeps at once, and then again and again', async () => {
    const work = [fileWork(), fileWork('admit-file')];
    const hinted: ImpliedWork[] = [];
    let sweeps = 0;
    sweeperForTest({
      ledger: { impliedWork: async () => (sweeps++, work) },
      hints: { hint: (item) => void hinted.push(item) },
      every: 50,
    });
    await eventually('the first is over', () => hinted.length >= 2, 100);
    expect(hinted.slice(0, 2)).toEqual(work);
    await eventually('others followed', () => sweeps >= 3);
  });

  test('never sweeps twice at a time', async () => {
    let now = 0;
    let most = 0;
    let sweeps = 0;
    const sweeper = sweeperForTest({
      ledger: {
        async impliedWork() {
          most = Math.max(most, ++now);
          await sleep(100);
          now--;
          sweeps++;
          return [];
        },
      },
      every: 10,
    });
    for (let i = 0; i < 20; i++) sweeper.sweepSoon();
    await eventually('it has swept again', () => sweeps >= 2);
    expect(most).toBe(1);
    expect(sweeps).toBe(2);
  });

  test('goes on when the ledger cannot answer', async () => {
    const log = recordingLog();
    let sweeps = 0;
    sweeperForTest({
      ledger: {
        async impliedWork() {
          if (++sweeps < 3) throw new Error('database is locked');
          return [];
        },
      },
      every: 20,
      log,
    });
    await eventually('it goes on', () => sweeps >= 4);
    expect(log.of('sweep-failed')).toHaveLength(2);
  });

  test('waits for the sweep under way when it is stopped, and hints at no more', async () => {
    let hinted = 0;
    const sweeper = sweeperForTest({
      ledger: {
        async impliedWork() {
          await sleep(100);
          return [fileWork()];
        },
      },
      hints: { hint: () => void hinted++ },
      every: 1,
    });
    await sweeper.stop();
    await sleep(200);
    expect(hinted).toBe(0);
  });

  test('lets the event loop turn after a few hints', async () => {
    let [hinted, inThisTurn, most] = [0, 0, 0];
    let turning = true;
    const turn = (): void => {
      inThisTurn = 0;
      if (turning) setImmediate(turn);
    };
    turn();
    onTestFinished(() => {
      turning = false;
    });
    const work = Array.from({ length: 1000 }, () => fileWork());
    sweeperForTest({
      ledger: { impliedWork: async () => work },
      hints: {
        hint() {
          hinted++;
          most = Math.max(most, ++inThisTurn);
        },
      },
    });
    await eventually('all were given', () => hinted === 1000);
    // Two batches may come between two of our own turns.
    expect(most).toBeLessThanOrEqual(40);
  });

  test('asks for a bounded amount, and says when there is more', async () => {
    const log = recordingLog();
    const limits: number[] = [];
    sweeperForTest({
      ledger: {
        async impliedWork(_now, limit) {
          limits.push(limit);
          return Array.from({ length: limit }, () => fileWork());
        },
      },
      most: 500,
      log,
    });
    await eventually('it has swept', () => log.of('sweep-full').length === 1);
    expect(limits).toEqual([500]);
  });
});

describe('a ledger that implies work', () => {
  /** Files that still want inspecting: a stand-in for the states in the ledger. */
  function pendingFiles(count: number) {
    const pending = new Map<string, ImpliedWork>();
    for (let i = 0; i < count; i++) {
      const work = fileWork();
      pending.set(work.ref.id, work);
    }
    return { pending, ledger: { impliedWork: async () => [...pending.values()] } };
  }

  test('loses nothing when Redis is flushed', async () => {
    const redis = await redisForTest();
    const queues = queuesForTest(serverOf(redis));
    await eventually('Redis is reachable', () => queues.isReachable());
    const { pending, ledger } = pendingFiles(50);
    const hints = createWorkHints({ queues, log: recordingLog() });
    for (const work of pending.values()) hints.hint(work);
    await eventually('all wait', async () => (await queues.byName['inspect-file'].getWaitingCount()) === 50);
    await rawRedis(redis).flushall();

    workersForTest(serverOf(redis), { 'inspect-file': async ({ ref }) => (pending.delete(ref.id), DONE) });
    await sleep(300);
    expect(pending.size).toBe(50);
    sweeperForTest({ ledger, hints });
    await eventually('all is done', () => pending.size === 0);
  });

  test('loses nothing when Redis is flushed in the middle of a job', async () => {
    const redis = await redisForTest();
    const queues = queuesForTest(serverOf(redis));
    const { pending, ledger } = pendingFiles(5);
    const hints = createWorkHints({ queues, log: recordingLog() });
    await eventually('Redis is reachable', () => queues.isReachable());
    const raw = rawRedis(redis);
    let flushed = false;
    workersForTest(serverOf(redis), {
      async 'inspect-file'({ ref }) {
        if (!flushed) {
          flushed = true;
          await raw.flushall();
        }
        pending.delete(ref.id);
        return DONE;
      },
    });
    sweeperForTest({ ledger, hints, every: 300 });
    await eventually('all is done', () => pending.size === 0);
    expect(flushed).toBe(true);
  });

  test('goes on when Redis is killed and comes back', async () => {
    const redis = await redisForTest();
    const log = recordingLog();
    const queues = queuesForTest(serverOf(redis), log);
    const { pending, ledger } = pendingFiles(60);
    const hints = createWorkHints({ queues, log });
    workersForTest(
      serverOf(redis),
      {
        async 'inspect-file'({ ref }) {
          await sleep(30);
          pending.delete(ref.id);
          return DONE;
        },
      },
      { log },
    );
    const sweeper = sweeperForTest({ ledger, hints });
    queues.onReachable(() => sweeper.sweepSoon());
    await eventually('some are done', () => pending.size < 50);
    const before = redis.pid;
    process.kill(before, 'SIGKILL');
    await eventually('all is done', () => pending.size === 0, 20_000);
    expect(redis.pid).not.toBe(before);
  });
});
