import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileIn } from '../support/arrivals.ts';
import { digestOf, sftp } from '../support/clients.ts';
import { startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';

let site: Installation;
let work: string;

/** One thread for all calls on the disk: they stand in the log as they came, and strace counts them together. */
const env = { UV_THREADPOOL_SIZE: '1' };

/** Watching every call of every thread makes a daemon slow. */
const TIME = { timeout: 400_000 };
const START_MS = 180_000;

beforeAll(async () => {
  if (spawnSync('strace', ['-V']).status !== 0)
    throw new Error('strace is missing or does not run: scripts/test installs it (apt-get install strace)');
  site = await makeInstallation({ intake: '{ settle: 200ms }', notify: '{ gather: 100ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

/** The daemon as the child that it is without strace, which watches from beside it. */
function watched(...options: readonly string[]): readonly string[] {
  return ['strace', '-D', '-f', '-y', '-s', '0', ...options];
}

/** The first step that does not follow the ones before it; null when all do. */
function brokenStep(calls: readonly string[], order: readonly RegExp[]): string | null {
  let from = 0;
  for (const step of order) {
    const found = calls.findIndex((call, place) => place >= from && step.test(call));
    if (found === -1)
      return `no ${step} after call ${from} of\n${calls.slice(from - 5, from + 60).join('\n')}`;
    from = found + 1;
  }
  return null;
}

test(
  'the order of system calls is: bytes and name synced, ledger synced, answer; link, folder synced, ledger synced',
  TIME,
  async () => {
    const log = join(work, 'strace.log');
    const path = join(work, 'scan.bin');
    await writeFile(path, randomBytes(200_000));
    const trace = 'trace=pwrite64,pwritev,write,writev,fsync,fdatasync,link,linkat,unlink,unlinkat';
    const daemon = await startDaemon(site, env, watched('-e', trace, '-o', log), START_MS);
    try {
      expect(await sftp(site, daemon, 'alice', `put ${path} scan.bin`)).toMatchObject({ code: 0 });
      await fileIn(site, 'alice', 'scan.bin', 'arrived');
    } finally {
      await daemon.end('SIGTERM');
    }
    const calls = (await readFile(log, 'utf8')).split('\n').filter((line) => !line.includes('resumed>'));
    const LEDGER = /f(data)?sync\(.*ledger[^>]*-wal>/;
    const order = [
      /pwritev?(64)?\(.*\/airlock\/files\/file_/,
      /fdatasync\(.*\/airlock\/files\/file_/,
      /fsync\(.*\/airlock\/files>/,
      LEDGER,
      /writev?\(\d+<(TCP|socket)/,
      /fsync\(.*\/airlock\/files\/file_/,
      /link(at)?\(/,
      /fsync\(.*\/arrivals\/alice>/,
      LEDGER,
      /unlink(at)?\(/,
      /fsync\(.*\/airlock\/files>/,
      LEDGER,
    ];
    expect(brokenStep(calls, order)).toBeNull();
  },
);

test(
  'a disk that is full at the second write refuses the upload, which goes on where it was once there is room',
  TIME,
  async () => {
    const path = join(work, 'full.bin');
    await writeFile(path, randomBytes(20_000_000));
    const inject = 'inject=pwritev:error=ENOSPC:when=2+';
    const injecting = watched('-e', 'trace=pwritev', '-e', inject, '-o', '/dev/null');
    const full = await startDaemon(site, env, injecting, START_MS);
    try {
      const put = await sftp(site, full, 'alice', `put ${path} full.bin`);
      expect(put.code).not.toBe(0);
    } finally {
      await full.end('SIGTERM');
    }
    expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
    const daemon = await startDaemon(site);
    try {
      expect(await sftp(site, daemon, 'alice', `reput ${path} full.bin`)).toMatchObject({ code: 0 });
      const file = await fileIn(site, 'alice', 'full.bin', 'arrived');
      expect(file.sha256).toBe(await digestOf(path));
    } finally {
      await daemon.end('SIGTERM');
    }
    expect(await site.havengate('doctor')).toMatchObject({ code: 0, stderr: '' });
  },
);

/** Makes a call of a daemon that runs fail with EIO, until the result is called, which tells what was called. */
async function failCalls(
  pid: number,
  call: string,
  only: readonly string[],
): Promise<() => Promise<readonly string[]>> {
  const log = join(work, `${call}.log`);
  const inject = `inject=${call}:error=EIO`;
  const args = ['-f', '-y', '-e', `trace=${call}`, '-e', inject, '-o', log, ...only];
  const tracing = spawn('strace', [...args, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(tracing, 'exit');
  // It says so once it watches every thread.
  await once(tracing.stderr, 'data');
  return async () => {
    tracing.kill('SIGINT');
    await ended;
    return (await readFile(log, 'utf8')).split('\n');
  };
}

test.each([
  ['fdatasync', 'of bytes', /\/airlock\/files\/file_/, () => []],
  ['fsync', 'of their folder', /\/airlock\/files$/, () => ['-P', join(site.dir, 'data/airlock/files')]],
] as const)(
  'a disk on which every %s %s fails acknowledges nothing, is not asked twice, and the next upload arrives',
  TIME,
  async (call, _, what, only) => {
    const path = join(work, `${call}.bin`);
    await writeFile(path, randomBytes(3_000_000));
    const failing = await startDaemon(site);
    let calls: readonly string[] = [];
    try {
      const stop = await failCalls(failing.pid, call, only());
      expect((await sftp(site, failing, 'alice', `put ${path} ${call}.bin`)).code).not.toBe(0);
      calls = await stop();
    } finally {
      await failing.end('SIGTERM');
    }
    expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
    const [received] = await site.json<ListedFile[]>(
      'file',
      'list',
      '--owner',
      'alice',
      '--state',
      'received',
    );
    expect(received).toBeUndefined();
    const failed = calls.flatMap((line) => /<([^>]*)>\) += -1 EIO/.exec(line)?.[1] ?? []);
    expect(failed.filter((one) => what.test(one))).toHaveLength(1);

    const daemon = await startDaemon(site);
    try {
      expect(await sftp(site, daemon, 'alice', `put ${path} ${call}.bin`)).toMatchObject({ code: 0 });
      const file = await fileIn(site, 'alice', `${call}.bin`, 'arrived');
      expect(file.sha256).toBe(await digestOf(path));
    } finally {
      await daemon.end('SIGTERM');
    }
    expect(await site.havengate('doctor')).toMatchObject({ code: 0, stderr: '' });
  },
);
