import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startManagedRedis } from '../../src/jobs/managed-redis.ts';
import { isRunning } from '../../src/jobs/process-identity.ts';
import { rawRedis, redisForTest, temporaryFolder } from './bench.ts';
import { eventually } from './eventually.ts';
import { recordingLog } from './recording-log.ts';

describe('the managed Redis', () => {
  test('listens on a private socket only, keeps its data, and never evicts', async () => {
    const redis = await redisForTest();
    const client = rawRedis(redis);
    const setting = async (name: string) => ((await client.config('GET', name)) as string[])[1];
    expect(await setting('port')).toBe('0');
    expect(await setting('appendonly')).toBe('yes');
    expect(await setting('appendfsync')).toBe('everysec');
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('save')).toBe('');
    expect((await stat(redis.socketPath)).mode & 0o777).toBe(0o700);
  });

  test('is started again when it is killed, with what it had been told', async () => {
    const log = recordingLog();
    const redis = await redisForTest(log);
    const client = rawRedis(redis);
    await client.set('kept', 'yes');
    await client.call('WAITAOF', '1', '0', '2000').catch(() => undefined);
    await eventually('it is on disk', async () =>
      /aof_pending_bio_fsync:0/.test(await client.info('persistence')),
    );
    const before = redis.pid;
    process.kill(before, 'SIGKILL');
    await eventually('a new one runs', () => redis.pid !== before);
    expect(await client.get('kept')).toBe('yes');
    expect(log.of('queue-server-ended')).toMatchObject([
      { level: 'error', fields: { how: 'signal SIGKILL' } },
    ]);
  });

  test('ends cleanly when it is stopped, and is not started again', async () => {
    const log = recordingLog();
    const redis = await redisForTest(log);
    const { pid } = redis;
    await redis.stop();
    await redis.stop();
    expect(await isRunning(pid)).toBe(false);
    expect(log.of('queue-server-said').map((line) => line.fields['line'])).toContainEqual(
      expect.stringContaining('ready to exit, bye bye'),
    );
    expect(log.of('queue-server-ended')).toEqual([]);
  });

  test('has its socket in the runtime directory when the path would be too long', async () => {
    const dir = join(await temporaryFolder(), 'a'.repeat(100));
    const runtimeDir = await temporaryFolder();
    const redis = await startManagedRedis({ dir, runtimeDir, log: recordingLog() });
    onTestFinished(async () => redis.stop());
    expect(redis.socketPath).toMatch(new RegExp(`^${runtimeDir}/havengate-[0-9a-f]{16}/redis\\.sock$`));
    expect(await rawRedis(redis).ping()).toBe('PONG');
  });

  test('refuses a runtime folder that others could have prepared', async () => {
    const dir = join(await temporaryFolder(), 'a'.repeat(100));
    const runtimeDir = await temporaryFolder();
    const first = await startManagedRedis({ dir, runtimeDir, log: recordingLog() });
    await first.stop();
    await chmod(join(runtimeDir, (await readdir(runtimeDir))[0] ?? ''), 0o777);
    await expect(startManagedRedis({ dir, runtimeDir, log: recordingLog() })).rejects.toThrow(/mode 0700/);
  });

  test('says what to install when there is no redis-server', async () => {
    const dir = await temporaryFolder();
    const start = startManagedRedis({ dir, redisServer: '/nowhere/redis-server', log: recordingLog() });
    await expect(start).rejects.toThrow(/apt-get install redis-server/);
  });

  test('starts empty when its data cannot be read, and keeps them aside', async () => {
    const dir = await temporaryFolder();
    const first = await startManagedRedis({ dir, log: recordingLog() });
    await first.stop();
    const store = join(dir, 'appendonlydir');
    const log = (await readdir(store)).find((name) => name.endsWith('incr.aof')) ?? '';
    await writeFile(join(store, log), 'this is not an append-only file\n');
    const lines = recordingLog();
    const second = await startManagedRedis({ dir, log: lines });
    onTestFinished(async () => second.stop());
    expect(await rawRedis(second).ping()).toBe('PONG');
    expect(lines.of('queue-data-set-aside')).toHaveLength(1);
    expect(await readdir(dir)).toContainEqual(expect.stringMatching(/^appendonlydir\.unreadable-/));
  });
});

describe('a Redis that outlived its daemon', () => {
  /** Starts a managed Redis in another process; resolves with both ids. */
  async function daemonOn(dir: string): Promise<{ daemon: number; redis: number; kill(): Promise<void> }> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'managed-redis-child.ts'), dir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const redis = Number(line);
    onTestFinished(async () => {
      child.kill('SIGKILL');
      if (await isRunning(redis)) process.kill(redis, 'SIGKILL');
    });
    return {
      daemon: child.pid ?? 0,
      redis,
      async kill() {
        child.kill('SIGKILL');
        await once(child, 'exit');
      },
    };
  }

  test('is ended by the next start, which keeps its data', async () => {
    const dir = await temporaryFolder();
    const old = await daemonOn(dir);
    const client = rawRedis({ socketPath: join(dir, 'redis.sock') });
    await client.set('kept', 'yes');
    await old.kill();
    expect(await isRunning(old.redis)).toBe(true);

    const log = recordingLog();
    const redis = await startManagedRedis({ dir, log });
    onTestFinished(async () => redis.stop());
    expect(await isRunning(old.redis)).toBe(false);
    expect(redis.pid).not.toBe(old.redis);
    expect(await rawRedis(redis).get('kept')).toBe('yes');
    expect(log.of('leftover-queue-server-found')).toMatchObject([{ fields: { pid: old.redis } }]);
  });

  test('is found by its process id when its socket is gone, and ended when it hangs', async () => {
    const dir = await temporaryFolder();
    const old = await daemonOn(dir);
    await old.kill();
    process.kill(old.redis, 'SIGSTOP');
    const redis = await startManagedRedis({ dir, log: recordingLog() });
    onTestFinished(async () => redis.stop());
    expect(await isRunning(old.redis)).toBe(false);
  });

  test('is left alone while its daemon lives', async () => {
    const dir = await temporaryFolder();
    const living = await daemonOn(dir);
    const start = startManagedRedis({ dir, log: recordingLog() });
    await expect(start).rejects.toThrow(`another daemon (process ${living.daemon})`);
    expect(await isRunning(living.redis)).toBe(true);
  });

  test('is not looked for behind a process id that was used again', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'owner.json'), JSON.stringify({ pid: 1, beginning: 'another' }));
    await writeFile(join(dir, 'redis.pid'), `${process.pid}\n`);
    const redis = await startManagedRedis({ dir, log: recordingLog() });
    onTestFinished(async () => redis.stop());
    expect(JSON.parse(await readFile(join(dir, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
  });

  test('ends with a daemon that ends by itself', async () => {
    const dir = await temporaryFolder();
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'managed-redis-child.ts'), dir, 'fall'],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    await once(child, 'exit');
    await eventually('its Redis is gone', async () => !(await isRunning(Number(line))));
    expect(child.exitCode).toBe(1);
  });

  test('is never a Redis of somebody else', async () => {
    const dir = await temporaryFolder();
    const elsewhere = await temporaryFolder();
    const foreign = spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', join(dir, 'redis.sock'), '--dir', elsewhere],
      {
        stdio: 'ignore',
      },
    );
    onTestFinished(() => void foreign.kill('SIGKILL'));
    await mkdir(dir, { recursive: true });
    const client = new Redis({ path: join(dir, 'redis.sock') });
    client.on('error', () => undefined);
    onTestFinished(() => client.disconnect());
    await client.ping();
    await expect(startManagedRedis({ dir, log: recordingLog() })).rejects.toThrow(/another Redis/);
    expect(await client.ping()).toBe('PONG');
  });
});
