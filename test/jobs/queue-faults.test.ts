import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { QueueServer } from '../../src/jobs/queue-server.ts';
import { createWorkHints } from '../../src/jobs/work-hints.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { fileWork, queuesForTest, redisForTest, serverOf, temporaryFolder, workersForTest } from './bench.ts';
import { eventually } from './eventually.ts';
import { DONE } from './handlers-that.ts';
import { recordingLog } from './recording-log.ts';

/** Longer than any lock of a job, and than any pause between two attempts to reach Redis. */
const TWO_MINUTES = 120_000;

test('a Redis that stands still for two minutes loses nothing, and goes on by itself', {
  timeout: 300_000,
}, async () => {
  const redis = await redisForTest();
  const server = serverOf(redis);
  const queues = queuesForTest(server);
  await eventually('Redis is reachable', () => queues.isReachable());
  const hints = createWorkHints({ queues, log: recordingLog() });
  const [begun, done] = [new Set<string>(), new Set<string>()];
  const slow = Promise.withResolvers<void>();
  const under = fileWork();
  workersForTest(server, {
    'inspect-file': async ({ ref }) => {
      begun.add(ref.id);
      if (ref.id === under.ref.id) await slow.promise;
      done.add(ref.id);
      return DONE;
    },
  });
  const before = fileWork();
  hints.hint(before);
  await eventually('the first is done', () => done.has(before.ref.id));
  hints.hint(under);
  await eventually('the second is under way', () => begun.has(under.ref.id));

  process.kill(redis.pid, 'SIGSTOP');
  const meanwhile = fileWork();
  hints.hint(meanwhile);
  await sleep(TWO_MINUTES / 2);
  slow.resolve();
  await sleep(TWO_MINUTES / 2);
  expect([...done]).toEqual([before.ref.id, under.ref.id]);
  process.kill(redis.pid, 'SIGCONT');
  await eventually(
    'what came meanwhile is done',
    async () => {
      // The sweeper hints again at what was dropped.
      hints.hint(meanwhile);
      await sleep(300);
      return done.has(meanwhile.ref.id);
    },
    60_000,
  );
  const after = fileWork();
  hints.hint(after);
  await eventually('what comes afterwards is done', () => done.has(after.ref.id), 60_000);
});

/** Lets everything through until it is told to swallow it: both ends stay open, and nothing comes any more. */
async function openSwallowingProxy(to: number) {
  const sockets = new Set<Socket>();
  let swallows = false;
  const server = createServer((client) => {
    const redis = connect(to, '127.0.0.1');
    // What is made anew after the fault goes through.
    const isOld = () => swallows && old.has(client);
    for (const [from, into] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (data: Buffer) => {
        if (!isOld()) into.write(data);
      });
      from.on('close', () => {
        if (!isOld()) into.destroy();
      });
    }
    if (!swallows) old.add(client);
  });
  const old = new Set<Socket>();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    swallow: () => {
      swallows = true;
    },
    connections: () => old.size,
  };
}

test('a connection to Redis that is half open is given up and made again', { timeout: 180_000 }, async () => {
  const dir = await temporaryFolder();
  const redis = await startRedisServer(dir);
  onTestFinished(() => redis.stop());
  const proxy = await openSwallowingProxy(redis.port);
  const server: QueueServer = {
    kind: 'network',
    host: '127.0.0.1',
    port: proxy.port,
    tls: false,
    username: null,
    password: null,
    db: 0,
  };
  const queues = queuesForTest(server);
  await eventually('Redis is reachable', () => queues.isReachable(), 30_000);
  const hints = createWorkHints({ queues, log: recordingLog() });
  const done = new Set<string>();
  workersForTest(server, { 'inspect-file': async ({ ref }) => (done.add(ref.id), DONE) }, { alone: false });
  const before = fileWork();
  hints.hint(before);
  await eventually('the first is done', () => done.has(before.ref.id), 30_000);
  expect(proxy.connections()).toBeGreaterThan(1);

  proxy.swallow();
  const after = fileWork();
  await eventually(
    'the second is done over new connections',
    async () => {
      hints.hint(after);
      await sleep(300);
      return done.has(after.ref.id);
    },
    120_000,
  );
});
