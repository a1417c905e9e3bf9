import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import { startRetentionSchedule } from '../../src/jobs/retention-schedule.ts';
import { createWorkHints } from '../../src/jobs/work-hints.ts';
import { queuesForTest, rawRedis, redisForTest, serverOf, workersForTest } from './bench.ts';
import { eventually } from './eventually.ts';
import { DONE } from './handlers-that.ts';
import { recordingLog } from './recording-log.ts';

/** A real Redis with a schedule on it, and what has run. */
async function scheduleForTest(times: { readonly every?: number; readonly renew?: number } = {}) {
  const redis = await redisForTest();
  const server = serverOf(redis);
  const queues = queuesForTest(server);
  const log = recordingLog();
  const ran: ImpliedWork[] = [];
  workersForTest(server, { 'run-retention': async (work) => (ran.push(work), DONE) }, { log });
  const hints = createWorkHints({ queues, log });
  const schedule = startRetentionSchedule({ queues, hints, log, ...times });
  onTestFinished(() => schedule.stop());
  return { redis, queues, log, ran, schedule, queue: queues.byName['run-retention'] };
}

describe('the schedule of retention', () => {
  test('runs at once, and again and again', async () => {
    const { ran, log } = await scheduleForTest({ every: 400 });
    await eventually('it ran four times', () => ran.length >= 4);
    expect(ran.every((work) => work.job === 'run-retention')).toBe(true);
    expect(log.of('job-dropped')).toEqual([]);
  });

  test('is one scheduler, whoever sets it up, and stands an hour ahead', async () => {
    const { queues, queue, log, ran } = await scheduleForTest();
    const again = startRetentionSchedule({ queues, hints: createWorkHints({ queues, log }), log });
    onTestFinished(() => again.stop());
    await eventually('it ran', () => ran.length >= 1);
    await eventually('it stands an hour ahead', async () => {
      const [one, ...more] = await queue.getJobSchedulers();
      return more.length === 0 && (one?.next ?? 0) > Date.now() + 1_000_000;
    });
    const before = ran.length;
    await sleep(500);
    expect(ran.length).toBe(before);
    expect((await queue.getJobSchedulers())[0]?.next).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  test('is put there again when Redis was emptied', async () => {
    const { redis, ran } = await scheduleForTest({ every: 1000, renew: 200 });
    await eventually('it ran', () => ran.length >= 2);
    await rawRedis(redis).flushall();
    const before = ran.length;
    await eventually('it runs on', () => ran.length >= before + 2);
    expect(ran.at(-1)).toEqual({ job: 'run-retention' });
  });

  test('does nothing when it was stopped', async () => {
    const { redis, queue, schedule } = await scheduleForTest({ every: 3_600_000, renew: 100 });
    await eventually('it is there', async () => (await queue.getJobSchedulers()).length === 1);
    schedule.stop();
    await rawRedis(redis).flushall();
    await sleep(400);
    expect(await queue.getJobSchedulers()).toEqual([]);
  });
});
