import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { JOB_NAMES } from '../../src/core/custody/implied-work.ts';
import { encodeWork, jobIdOf } from '../../src/jobs/job-payload.ts';
import { UNAUTHENTICATED_ROUTES } from '../../src/ops/ops-access.ts';
import { type Ops, type OpsOptions, startOps } from '../../src/ops/start-ops.ts';
import { fileWork, queuesForTest, redisForTest, serverOf } from '../jobs/bench.ts';
import { eventually } from '../jobs/eventually.ts';
import { type RecordingLog, recordingLog } from '../jobs/recording-log.ts';

const PASSWORD = 'correct horse battery staple';

const NO_SCRUB = async () => ({ bytes: 0, oldest: 0, damaged: 0 });

async function opsForTest(options: Partial<OpsOptions> & { log?: RecordingLog } = {}): Promise<Ops> {
  const ops = await startOps({
    listen: { host: '127.0.0.1', port: 0 },
    password: PASSWORD,
    checks: [],
    sources: {
      filesByState: async () => ({}),
      freezes: async () => ({}),
      mails: async () => ({ waiting: 0, 'given-up': 0 }),
      sessions: () => [],
      limits: () => [],
      drives: () => null,
      scrub: NO_SCRUB,
      check: () => null,
    },
    queueView: { queues: [], isReachable: () => false },
    log: recordingLog(),
    ...options,
  });
  onTestFinished(async () => ops.close());
  return ops;
}

function basic(password: string, user = 'ops'): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

async function get(
  ops: Ops,
  path: string,
  headers: Record<string, string> = basic(PASSWORD),
  method = 'GET',
) {
  return fetch(`http://${ops.host}:${ops.port}${path}`, { headers, method, redirect: 'manual' });
}

/** A dashboard with two real queues and a job in one of them. */
async function opsWithQueues() {
  const redis = await redisForTest();
  const queues = queuesForTest(serverOf(redis));
  await eventually('Redis is reachable', () => queues.isReachable());
  const work = fileWork();
  await queues.byName['inspect-file'].add(work.job, encodeWork(work), { jobId: jobIdOf(work) });
  const ops = await opsForTest({ queueView: { queues: queues.all, isReachable: queues.isReachable } });
  return { ops, queues, redis, work };
}

describe('the ops listener', () => {
  test('asks for the password everywhere but on a short list', async () => {
    const ops = await opsForTest();
    expect(UNAUTHENTICATED_ROUTES).toEqual(['/healthz', '/readyz']);
    for (const path of ['/healthz', '/readyz']) expect((await get(ops, path, {})).status).toBe(200);
    const guarded = [
      '/metrics',
      '/queues',
      '/queues/',
      '/queues/api/queues',
      '/queues/static/favicon.ico',
      '/',
      '/nowhere',
    ];
    for (const path of [...guarded, '/healthz/', '/healthz/../metrics', '/readyz%2f..%2fmetrics']) {
      const answer = await get(ops, path, {});
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    }
  });

  test.each([
    ['a wrong password', basic('wrong')],
    ['an empty one', basic('')],
    ['one that only begins right', basic(PASSWORD.slice(0, -1))],
    ['one that goes on', basic(`${PASSWORD}x`)],
    ['the password as user', basic('', PASSWORD)],
    ['no colon', { authorization: `Basic ${Buffer.from(PASSWORD).toString('base64')}` }],
    ['another scheme', { authorization: `Bearer ${PASSWORD}` }],
    ['no base64', { authorization: 'Basic !!!' }],
    ['nothing', { authorization: '' }],
  ])('refuses %s', async (_what, headers) => {
    const ops = await opsForTest();
    expect((await get(ops, '/metrics', headers)).status).toBe(401);
  });

  test('takes the right password, with any user and any colons in it', async () => {
    const ops = await opsForTest({ password: 'a:b:ü' });
    expect((await get(ops, '/metrics', basic('a:b:ü', 'somebody'))).status).toBe(200);
  });

  test('does not start without a password', async () => {
    await expect(opsForTest({ password: '' })).rejects.toThrow(/empty/);
  });

  test('keeps browsers from framing, caching and going elsewhere', async () => {
    const ops = await opsForTest();
    for (const path of ['/healthz', '/metrics', '/queues', '/nowhere']) {
      const { headers } = await get(ops, path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
  });

  test('says where it listens, and ends with open connections', async () => {
    const ops = await opsForTest();
    await get(ops, '/healthz');
    expect(ops.port).toBeGreaterThan(0);
    await ops.close();
    await ops.close();
    await expect(get(ops, '/healthz')).rejects.toThrow('fetch failed');
  });
});

describe('/readyz', () => {
  test('tells each part, and 503 when one fails', async () => {
    const log = recordingLog();
    let scannerWell = true;
    const ops = await opsForTest({
      log,
      checks: [
        { name: 'ledger', check: async () => undefined },
        {
          name: 'disk',
          async check() {
            if (!scannerWell) throw new Error('/srv/secret-study: no room');
          },
        },
      ],
    });
    const before = await get(ops, '/readyz', {});
    expect([before.status, await before.json()]).toEqual([
      200,
      { ready: true, parts: { ledger: 'ok', disk: 'ok' } },
    ]);

    scannerWell = false;
    await eventually('it is not ready', async () => (await get(ops, '/readyz', {})).status === 503);
    const answer = await get(ops, '/readyz', {});
    expect(await answer.json()).toEqual({ ready: false, parts: { ledger: 'ok', disk: 'failed' } });
    expect(log.of('part-failed')).toMatchObject([
      { fields: { part: 'disk', error: { message: /no room/ } } },
    ]);

    scannerWell = true;
    await eventually('it is ready again', async () => (await get(ops, '/readyz', {})).status === 200);
    expect(log.of('part-recovered')).toHaveLength(1);
  });

  test('does not wait for a part that hangs', async () => {
    const ops = await opsForTest({
      checks: [{ name: 'queue', check: async () => new Promise(() => undefined) }],
    });
    const before = performance.now();
    expect((await get(ops, '/readyz', {})).status).toBe(503);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  test('asks the parts once for many askers', async () => {
    let asked = 0;
    const ops = await opsForTest({
      checks: [
        {
          name: 'ledger',
          async check() {
            asked++;
            await sleep(50);
          },
        },
      ],
    });
    await Promise.all(Array.from({ length: 50 }, async () => get(ops, '/readyz', {})));
    expect(asked).toBe(1);
  });
});

describe('/metrics', () => {
  test('is Prometheus text with the process, the files, the sessions and the queues', async () => {
    const { queues } = await opsWithQueues();
    const ops = await opsForTest({
      sources: {
        filesByState: async () => ({ arrived: 12, held: 1 }),
        freezes: async () => ({ account: 2, all: 0 }),
        mails: async () => ({ waiting: 3, 'given-up': 1 }),
        sessions: () => [{ door: 'sftp', side: 'outside', sessions: 3 }],
        limits: () => [
          { door: 'sftp', side: 'outside', limit: 'waiting', most: 512, used: 7, refused: 2 },
          { door: 'sftp', side: 'outside', limit: 'handshake', most: 30_000, used: null, refused: 1 },
        ],
        drives: () => ({ homes: 7, watches: 12, lastRescan: 1_700_000_000_000 }),
        scrub: async () => ({ bytes: 4096, oldest: 60_000, damaged: 2 }),
        check: () => ({ faults: 3, warnings: 1, endedAt: 1_700_000_000_000 }),
      },
      queueView: { queues: queues.all, isReachable: queues.isReachable },
    });
    const answer = await get(ops, '/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await answer.text()).split('\n');
    for (const line of lines) {
      expect(line).toMatch(/^(#.*|[a-z_:][a-z0-9_:]*(\{[^}]*\})? ([-+]?[0-9.e+-]+|NaN|[+-]Inf)|)$/i);
    }
    expect(lines).toContain('havengate_files{state="arrived"} 12');
    expect(lines).toContain('havengate_freezes{kind="account"} 2');
    expect(lines).toContain('havengate_untaken_mails{state="given-up"} 1');
    expect(lines).toContain('havengate_sessions{door="sftp",side="outside"} 3');
    const waiting = '{door="sftp",side="outside",limit="waiting"}';
    expect(lines).toContain(`havengate_limit${waiting} 512`);
    expect(lines).toContain(`havengate_limit_used${waiting} 7`);
    expect(lines).toContain(`havengate_limit_refusals_total${waiting} 2`);
    expect(lines.filter((line) => line.startsWith('havengate_limit_used{'))).toHaveLength(1);
    expect(lines).toContain('havengate_drives{count="watches"} 12');
    expect(lines).toContain('havengate_drives{count="last_rescan"} 1700000000');
    expect(lines).toContain('havengate_scrubbed_bytes_total 4096');
    expect(lines).toContain('havengate_scrub_oldest_seconds 60');
    expect(lines).toContain('havengate_damaged_files 2');
    expect(lines).toContain('havengate_check{count="faults"} 3');
    expect(lines).toContain('havengate_queue_jobs{queue="inspect-file",state="waiting"} 1');
    expect(lines).toContain('havengate_metric_source_up{source="queue"} 1');
    expect(lines).toContainEqual(expect.stringMatching(/^nodejs_eventloop_lag_p99_seconds \d/));
    expect(lines).toContainEqual(expect.stringMatching(/^process_resident_memory_bytes \d/));
  });

  test('goes on without a source that fails, and forgets what it said before', async () => {
    let well = true;
    const ops = await opsForTest({
      sources: {
        async filesByState() {
          if (!well) throw new Error('database is locked');
          return { arrived: 12 };
        },
        freezes: async () => ({}),
        mails: async () => ({ waiting: 0, 'given-up': 0 }),
        sessions: () => [],
        limits: () => [],
        drives: () => null,
        scrub: NO_SCRUB,
        check: () => null,
      },
    });
    expect(await (await get(ops, '/metrics')).text()).toContain('havengate_files{state="arrived"} 12');
    well = false;
    const text = await (await get(ops, '/metrics')).text();
    expect(text).not.toContain('havengate_files{');
    expect(text).toContain('havengate_metric_source_up{source="files"} 0');
    expect(text).toContain('havengate_metric_source_up{source="queue"} 0');
    expect(text).toContain('process_cpu_seconds_total');
  });

  test('does not wait for queues whose Redis never came', async () => {
    const away = queuesForTest({ kind: 'socket', path: '/nowhere/redis.sock' });
    const ops = await opsForTest({ queueView: { queues: away.all, isReachable: away.isReachable } });
    const before = performance.now();
    expect((await get(ops, '/metrics')).status).toBe(200);
    expect((await get(ops, '/queues/api/queues')).status).toBe(503);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe('/queues', () => {
  test('shows the queues and their jobs', async () => {
    const { ops, work } = await opsWithQueues();
    const page = await get(ops, '/queues');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Havengate queues');
    const answer = (await (
      await get(ops, '/queues/api/queues?activeQueue=inspect-file&status=waiting')
    ).json()) as {
      queues: { name: string; readOnlyMode: boolean; jobs: { id: string }[] }[];
    };
    expect(answer.queues.map((queue) => queue.name)).toEqual([...JOB_NAMES]);
    expect(answer.queues.every((queue) => queue.readOnlyMode)).toBe(true);
    expect(answer.queues[0]?.jobs.map((job) => job.id)).toEqual([jobIdOf(work)]);
  });

  test('serves all that its page asks for itself, and mentions nobody else', async () => {
    const { ops } = await opsWithQueues();
    const html = await (await get(ops, '/queues')).text();
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    const own = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map((match) => match[1]);
    expect(own.length).toBeGreaterThan(3);
    for (const path of own) expect([path, (await get(ops, `/queues/${path}`)).status]).toEqual([path, 200]);
  });

  test('only shows: nothing can be changed', async () => {
    const { ops, queues, work } = await opsWithQueues();
    const id = jobIdOf(work);
    const attempts = [
      ['PUT', '/queues/api/queues/pause'],
      ['PUT', '/queues/api/queues/inspect-file/pause'],
      ['PUT', '/queues/api/queues/inspect-file/empty'],
      ['PUT', '/queues/api/queues/inspect-file/obliterate'],
      ['PUT', `/queues/api/queues/inspect-file/${id}/clean`],
      ['POST', '/queues/api/queues/inspect-file/add'],
      ['PATCH', `/queues/api/queues/inspect-file/${id}/update-data`],
    ] as const;
    for (const [method, path] of attempts) {
      expect([path, (await get(ops, path, basic(PASSWORD), method)).status]).toEqual([path, 405]);
    }
    expect(await queues.byName['inspect-file'].getWaitingCount()).toBe(1);
    expect(await queues.byName['inspect-file'].isPaused()).toBe(false);
  });
});
