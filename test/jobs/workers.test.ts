import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ImpliedWork, JOB_NAMES } from '../../src/core/custody/implied-work.ts';
import type { JobHandlers } from '../../src/jobs/job-handlers.ts';
import { encodeWork, jobIdOf } from '../../src/jobs/job-payload.ts';
import { KEY_PREFIX } from '../../src/jobs/queue-server.ts';
import { createWorkHints } from '../../src/jobs/work-hints.ts';
import { backoff, startWorkers } from '../../src/jobs/workers.ts';
import {
  fileWork,
  newAccount,
  queuesForTest,
  rawRedis,
  redisForTest,
  serverOf,
  workersForTest,
} from './bench.ts';
import { eventually } from './eventually.ts';
import { DONE, handlersThat } from './handlers-that.ts';
import { recordingLog } from './recording-log.ts';

/** A real Redis with queues and hints on it. */
async function queueForTest() {
  const redis = await redisForTest();
  const server = serverOf(redis);
  const queues = queuesForTest(server);
  await eventually('Redis is reachable', () => queues.isReachable());
  return { redis, server, queues, hints: createWorkHints({ queues, log: recordingLog() }) };
}

describe('a worker', () => {
  test('runs each hinted job once, whatever its name', async () => {
    const { server, queues, hints } = await queueForTest();
    const done: ImpliedWork[] = [];
    workersForTest(
      server,
      handlersThat(async (work) => {
        done.push(work);
        return DONE;
      }),
    );
    const all = [
      fileWork('inspect-file'),
      fileWork('admit-file'),
      fileWork('clear-airlock'),
      fileWork('destroy-file'),
      { job: 'send-notices', account: newAccount() } as const,
      { job: 'send-security-mails', account: newAccount() } as const,
      { job: 'run-retention' } as const,
    ];
    for (const work of all) hints.hint(work);
    await eventually('all are done', () => done.length === all.length);
    await sleep(300);
    expect(done).toHaveLength(all.length);
    expect(done).toEqual(expect.arrayContaining(all));
    for (const queue of queues.all) {
      expect(await queue.getJobCounts()).toMatchObject({ completed: 0, failed: 0, active: 0, waiting: 0 });
    }
  });

  test('runs a job again that is hinted again after it is done', async () => {
    const { server, hints } = await queueForTest();
    let runs = 0;
    workersForTest(server, { 'inspect-file': async () => (runs++, DONE) });
    const work = fileWork();
    hints.hint(work);
    await eventually('it ran', () => runs === 1);
    await sleep(100);
    hints.hint(work);
    await eventually('it ran again', () => runs > 1);
    expect(runs).toBe(2);
  });

  test('runs a job again that BullMQ has given up, when it is hinted again', async () => {
    const { server, queues, hints } = await queueForTest();
    const work = fileWork();
    // A job as an earlier release might have left it: one attempt.
    await queues.byName['inspect-file'].add(work.job, encodeWork(work), {
      jobId: jobIdOf(work),
      attempts: 1,
      removeOnFail: true,
    });
    let runs = 0;
    const log = recordingLog();
    workersForTest(
      server,
      {
        'inspect-file': async () => {
          if (++runs === 1) throw new Error('the first time it fails');
          return DONE;
        },
      },
      { log },
    );
    await eventually('it failed', () => log.of('job-failed').length === 1);
    await eventually(
      'it is gone',
      async () => (await queues.byName['inspect-file'].getJob(jobIdOf(work))) === undefined,
    );
    hints.hint(work);
    await eventually('it ran again', () => runs > 1);
    expect(runs).toBe(2);
  });

  test('does one job for hints that come while it waits', async () => {
    const { server, queues, hints } = await queueForTest();
    const work = fileWork();
    for (let i = 0; i < 50; i++) hints.hint(work);
    await eventually('it waits', async () => (await queues.byName['inspect-file'].getWaitingCount()) === 1);
    let runs = 0;
    workersForTest(server, { 'inspect-file': async () => (runs++, DONE) });
    await eventually('it ran', () => runs > 0);
    await sleep(300);
    expect(runs).toBe(1);
  });

  test('waits out the delay of a hint', async () => {
    const { server, hints } = await queueForTest();
    let ranAt = 0;
    workersForTest(server, { 'admit-file': async () => ((ranAt = performance.now()), DONE) });
    const hintedAt = performance.now();
    hints.hint(fileWork('admit-file'), 700);
    await eventually('it ran', () => ranAt > 0);
    expect(ranAt - hintedAt).toBeGreaterThanOrEqual(690);
  });

  test('tries what is not yet done again with growing pauses, and tells why once', async () => {
    const { server, hints } = await queueForTest();
    const log = recordingLog();
    const at: number[] = [];
    workersForTest(
      server,
      {
        'inspect-file': async () => {
          at.push(performance.now());
          return at.length < 4
            ? { end: 'later', why: at.length < 3 ? 'the scanner is away' : 'it is busy' }
            : DONE;
        },
      },
      { log },
    );
    hints.hint(fileWork());
    await eventually('it is done', () => at.length === 4, 20_000);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(pauses[0]).toBeGreaterThan(950);
    expect(pauses[1]).toBeGreaterThan(1900);
    expect(pauses[2]).toBeGreaterThan(3800);
    expect(log.of('job-later').map((line) => line.fields['why'])).toEqual([
      'the scanner is away',
      'it is busy',
    ]);
    expect(log.of('job-later')[0]?.level).toBe('info');
    expect(log.lines.filter((line) => line.level === 'error')).toEqual([]);
  });

  test('logs what a handler throws, and tries again', async () => {
    const { server, hints } = await queueForTest();
    const log = recordingLog();
    let runs = 0;
    workersForTest(
      server,
      {
        'clear-airlock': async () => {
          if (++runs === 1) throw new Error('EIO');
          return DONE;
        },
      },
      { log },
    );
    const work = fileWork('clear-airlock');
    hints.hint(work);
    await eventually('it ran again', () => runs === 2);
    expect(log.of('job-failed')).toMatchObject([
      {
        level: 'error',
        fields: { queue: 'clear-airlock', job: jobIdOf(work), attempt: 1, error: { message: 'EIO' } },
      },
    ]);
  });

  test('never waits longer than a minute between two attempts', () => {
    expect([1, 2, 3, 6, 7, 8, 1000, 1_000_000].map(backoff)).toEqual([
      1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000, 60_000,
    ]);
  });
});

describe('what does not belong in a queue', () => {
  test.each([
    ['a payload of a newer version', { v: 2, file: 'x', generation: 1 }],
    ['a payload of another program', { to: 'somebody', subject: 'hello' }],
    ['null', null],
  ])('is logged and dropped: %s', async (_what, payload) => {
    const { server, queues } = await queueForTest();
    const log = recordingLog();
    let runs = 0;
    workersForTest(server, { 'inspect-file': async () => (runs++, DONE) }, { log });
    await queues.byName['inspect-file'].add('anything', payload as never, { jobId: 'foreign', attempts: 5 });
    await eventually('it is dropped', () => log.of('job-dropped').length === 1);
    await sleep(200);
    expect(log.of('job-dropped')).toMatchObject([{ level: 'warn', fields: { job: 'foreign' } }]);
    expect(runs).toBe(0);
  });

  test.each([
    ['data that are not JSON', { name: 'x', data: '{{{', opts: '{}', timestamp: '1' }],
    ['options that are not JSON', { name: 'x', data: '{}', opts: 'attempts: 3', timestamp: '1' }],
    ['options that are null', { name: 'x', data: '{}', opts: 'null', timestamp: '1' }],
    ['nothing behind the id', null],
  ])('does not stop a queue: %s', async (_what, hash) => {
    const { redis, server, queues, hints } = await queueForTest();
    const raw = rawRedis(redis);
    const key = (name: string) => `${KEY_PREFIX}:inspect-file:${name}`;
    if (hash !== null) await raw.hset(key('poison'), hash);
    await raw.lpush(key('wait'), 'poison');
    const log = recordingLog();
    const done: ImpliedWork[] = [];
    workersForTest(
      server,
      { 'inspect-file': async (work) => (done.push(work), DONE) },
      { log, concurrency: { 'inspect-file': 1 } },
    );
    for (let i = 0; i < 3; i++) hints.hint(fileWork());
    await eventually('the others are done', () => done.length === 3);
    await eventually('it is dropped', async () => (await raw.exists(key('poison'))) === 0);
    await eventually('it is told', () => log.of('job-dropped').length > 0);
    expect(await queues.byName['inspect-file'].getJobCounts()).toMatchObject({ active: 0, waiting: 0 });
  });

  test('does not stop a queue when it comes behind a good job', async () => {
    const { redis, server, queues, hints } = await queueForTest();
    const raw = rawRedis(redis);
    const key = (name: string) => `${KEY_PREFIX}:inspect-file:${name}`;
    hints.hint(fileWork());
    await eventually('the good one waits', async () => (await raw.llen(key('wait'))) === 1);
    await raw.hset(key('poison'), { name: 'x', data: '{{{', opts: '{}', timestamp: '1' });
    await raw.lpush(key('wait'), 'poison');
    let runs = 0;
    workersForTest(
      server,
      { 'inspect-file': async () => (runs++, DONE) },
      { concurrency: { 'inspect-file': 1 } },
    );
    await eventually('the good one is done', () => runs === 1);
    await eventually('the other is dropped', async () => (await raw.exists(key('poison'))) === 0);
    hints.hint(fileWork());
    await eventually('the next is done', () => runs === 2);
    expect(await queues.byName['inspect-file'].getActiveCount()).toBe(0);
  });
});

describe('a Redis that is full', () => {
  test('is asked again in peace, and works when it has room', async () => {
    const { redis, server, queues, hints } = await queueForTest();
    const raw = rawRedis(redis);
    hints.hint(fileWork());
    await eventually('it waits', async () => (await queues.byName['inspect-file'].getWaitingCount()) === 1);
    await raw.config('SET', 'maxmemory', '100kb');
    let runs = 0;
    workersForTest(server, { 'inspect-file': async () => (runs++, DONE) }, { alone: false });
    await sleep(2000);
    const refusals = Number(/errorstat_OOM:count=(\d+)/.exec(await raw.info('errorstats'))?.[1]);
    expect(refusals).toBeGreaterThan(0);
    expect(refusals).toBeLessThan(50);
    expect(runs).toBe(0);
    await raw.config('SET', 'maxmemory', '0');
    await eventually('it ran', () => runs === 1);
  });
});

describe('the list of jobs', () => {
  const server = { kind: 'socket', path: '/nowhere' } as const;
  const start = (handlers: unknown) =>
    startWorkers({ server, handlers: handlers as JobHandlers, log: recordingLog(), alone: true });

  test('needs a handler for every job', () => {
    const { 'admit-file': _left, ...handlers } = handlersThat(async () => DONE);
    expect(() => start(handlers)).toThrow('no handler for the jobs admit-file');
  });

  test('needs no other handlers', () => {
    expect(() => start({ ...handlersThat(async () => DONE), 'burn-file': async () => DONE })).toThrow(
      'burn-file',
    );
  });
});

describe('stopping the workers', () => {
  test('waits for a job that runs', async () => {
    const { server, hints } = await queueForTest();
    let begun = false;
    let ended = false;
    const workers = workersForTest(server, {
      'inspect-file': async () => {
        begun = true;
        await sleep(500);
        ended = true;
        return DONE;
      },
    });
    hints.hint(fileWork());
    await eventually('it runs', () => begun);
    expect(await workers.stop(5000)).toBe('finished');
    expect(ended).toBe(true);
  });

  /** Workers with a job that never ends. */
  async function stuckWorkers() {
    const queue = await queueForTest();
    const work = fileWork();
    let begun = false;
    const stuck = async () => {
      begun = true;
      return new Promise<never>(() => undefined);
    };
    const workers = workersForTest(queue.server, { 'inspect-file': stuck });
    queue.hints.hint(work);
    await eventually('it runs', () => begun);
    return { ...queue, work, workers };
  }

  test('does not wait for ever', async () => {
    const { redis, workers } = await stuckWorkers();
    const raw = rawRedis(redis);
    const connections = async () =>
      String(await raw.client('LIST'))
        .trim()
        .split('\n').length;
    const connected = await connections();
    expect(await workers.stop(300)).toBe('forced');
    await eventually(
      'two connections of each worker are gone',
      async () => (await connections()) === connected - 2 * JOB_NAMES.length,
    );
  });

  test('leaves a job that the next process, when it is alone, has at once', async () => {
    const { server, queues, hints, work, workers } = await stuckWorkers();
    await workers.stop(100);
    hints.hint(work);
    await sleep(100);
    expect(await queues.byName['inspect-file'].getActiveCount()).toBe(1);

    const log = recordingLog();
    let runs = 0;
    workersForTest(server, { 'inspect-file': async () => (runs++, DONE) }, { alone: true, log });
    await eventually('it runs', () => runs === 1, 1000);
    expect(log.of('orphan-jobs-given-back')).toMatchObject([{ fields: { queue: 'inspect-file', jobs: 1 } }]);
  });

  test('does not wait for a Redis that is away', async () => {
    const log = recordingLog();
    const workers = workersForTest({ kind: 'socket', path: '/nowhere/redis.sock' }, {}, { log });
    await eventually('it was tried', () => log.of('queue-worker-error').length > 0);
    expect(['finished', 'forced']).toContain(await workers.stop(1000));
  });

  test('does not wait for a Redis that hangs', async () => {
    const { redis, server } = await queueForTest();
    const workers = workersForTest(server, {});
    const raw = rawRedis(redis);
    const waiting = async () =>
      String(await raw.client('LIST'))
        .split('\n')
        .filter((client) => / cmd=bzpopmin /.test(client)).length;
    await eventually('all of them wait for work', async () => (await waiting()) === JOB_NAMES.length);
    process.kill(redis.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(redis.pid, 'SIGCONT'));
    // It says so when its own time is over, and Redis still hangs then.
    expect(await workers.stop(500)).toBe('forced');
    process.kill(redis.pid, 'SIGCONT');
  });
});

describe('a process that is killed within a job', () => {
  test('gives it to the next one at once, when that is alone, even without its data', async () => {
    const { redis, server } = await queueForTest();
    const raw = rawRedis(redis);
    await raw.lpush(`${KEY_PREFIX}:admit-file:active`, 'without-data');
    const log = recordingLog();
    let runs = 0;
    workersForTest(server, { 'admit-file': async () => (runs++, DONE) }, { alone: true, log });
    await eventually('it was seen', () => log.of('orphan-jobs-given-back').length === 1);
    await eventually('it is gone', async () => (await raw.llen(`${KEY_PREFIX}:admit-file:active`)) === 0);
    expect(runs).toBe(0);
  });

  test('three times does not lose it', async () => {
    const { redis, server, hints } = await queueForTest();
    const work = fileWork();
    hints.hint(work);
    for (let i = 0; i < 3; i++) {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'worker-child.ts'), redis.socketPath],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      onTestFinished(() => void child.kill('SIGKILL'));
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      expect(line).toBe(jobIdOf(work));
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const done: ImpliedWork[] = [];
    workersForTest(
      server,
      { 'inspect-file': async (ran) => (done.push(ran), DONE) },
      { alone: false, lock: 1000 },
    );
    await eventually('it is done', () => done.length > 0, 25_000);
    expect(done).toEqual([work]);
  }, 60_000);
});
