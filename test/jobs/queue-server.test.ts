import { describe, expect, test } from 'vitest';
import { checkQueueServer, parseFacts } from '../../src/jobs/check-queue-server.ts';
import { parseQueueServer } from '../../src/jobs/queue-server.ts';
import { rawRedis, redisForTest, serverOf } from './bench.ts';
import { recordingLog } from './recording-log.ts';

describe('the address of a queue', () => {
  test.each([
    ['redis://queue.example', { host: 'queue.example', port: 6379, tls: false, db: 0, password: null }],
    ['rediss://queue.example:6380/3', { host: 'queue.example', port: 6380, tls: true, db: 3 }],
    ['redis://me:p%40ss@127.0.0.1:7', { host: '127.0.0.1', port: 7, username: 'me', password: 'p@ss' }],
    ['redis://:secret@[::1]:7/', { host: '::1', username: null, password: 'secret' }],
  ])('is read from %s', (text, expected) => {
    expect(parseQueueServer(text)).toMatchObject({ kind: 'network', ...expected });
  });

  test.each([
    '',
    'redis',
    'http://host',
    'redis://',
    'redis://host/x',
    'redis://host/?db=1',
    'redis://:secret@host/1/2',
  ])('is refused without repeating a password: %j', (text) => {
    expect(() => parseQueueServer(text)).toThrow(/queue|database|parameters/);
    expect(() => parseQueueServer(text)).not.toThrow('secret');
  });
});

describe('the check of a Redis', () => {
  test('warns of one that evicts', async () => {
    const redis = await redisForTest();
    const log = recordingLog();
    await checkQueueServer(serverOf(redis), log);
    expect(log.of('queue-server-found')).toMatchObject([{ fields: { maxmemoryPolicy: 'noeviction' } }]);
    expect(log.lines.filter((line) => line.level === 'warn')).toEqual([]);

    await rawRedis(redis).config('SET', 'maxmemory-policy', 'allkeys-lru');
    await checkQueueServer(serverOf(redis), log);
    expect(log.of('queue-server-evicts')).toMatchObject([{ fields: { maxmemoryPolicy: 'allkeys-lru' } }]);
  });

  test('warns of one that is not there, and goes on', async () => {
    const log = recordingLog();
    await checkQueueServer({ kind: 'socket', path: '/nowhere/redis.sock' }, log);
    expect(log.of('queue-server-unreachable')).toHaveLength(1);
  });

  test('reads what Redis and Valkey tell of themselves', () => {
    expect(parseFacts('# Server\r\nredis_version:6.0.16\r\nprocess_id:77\r\n')).toEqual({
      version: '6.0.16',
      maxmemoryPolicy: null,
      pid: 77,
    });
    expect(
      parseFacts('redis_version:7.2.4\r\nvalkey_version:8.1.0\r\nmaxmemory_policy:noeviction').version,
    ).toBe('7.2.4');
  });
});
