import { expect, onTestFinished, test } from 'vitest';
import type { Penalty } from '../../src/core/accounts/guard/ports.ts';
import { openGuardRelay } from '../../src/jobs/guard-relay.ts';
import { KEY_PREFIX } from '../../src/jobs/queue-server.ts';
import { newAccount, rawRedis, redisForTest, serverOf } from './bench.ts';
import { eventually } from './eventually.ts';
import { recordingLog } from './recording-log.ts';

function openRelay(redis: { readonly socketPath: string }) {
  const relay = openGuardRelay({ server: serverOf(redis), log: recordingLog() });
  onTestFinished(() => relay.close());
  const heard: Penalty[] = [];
  relay.onTold((penalties) => heard.push(...penalties));
  return { relay, heard };
}

test('what one process tells, the others hear, and it does not itself', async () => {
  const redis = await redisForTest();
  const [one, two] = [openRelay(redis), openRelay(redis)];
  const account = newAccount();
  const penalty = { source: '203.0.113.9', account, points: 2 };
  await eventually('it is heard', () => {
    one.relay.tell([penalty]);
    return two.heard.length > 0;
  });
  expect(two.heard[0]).toEqual(penalty);
  expect(one.heard).toEqual([]);
});

test('what is not in our form is nobody’s fault', async () => {
  const redis = await redisForTest();
  const { heard } = openRelay(redis);
  const raw = rawRedis(redis);
  const channel = `${KEY_PREFIX}:sign-in-guard`;
  const good = { source: '203.0.113.9', account: '', points: 1 };
  const bad = [
    { source: 7, account: '', points: 1 },
    { source: '', account: '', points: 1 },
    { source: '203.0.113.9', account: 'alice', points: 1 },
    { source: '203.0.113.9', account: '', points: 1e9 },
    { source: '203.0.113.9', account: '', points: -1 },
    { source: 'x'.repeat(65), account: '', points: 1 },
    null,
  ];
  await eventually('the last is heard', async () => {
    for (const text of ['', '{', '[]', 'null', '{"penalties":{}}']) await raw.publish(channel, text);
    await raw.publish(channel, JSON.stringify({ from: 'somebody', penalties: [...bad, good] }));
    return heard.length > 0;
  });
  expect(new Set(heard.map((penalty) => JSON.stringify(penalty)))).toEqual(new Set([JSON.stringify(good)]));
});

test('without Redis nobody waits', async () => {
  const { relay, heard } = openRelay({ socketPath: '/nowhere/redis.sock' });
  relay.tell([{ source: '203.0.113.9', account: '', points: 1 }]);
  expect(heard).toEqual([]);
  await relay.close();
});
