import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';

const CALLS =
  'writev,pwritev,write,pwrite64,fsync,fdatasync,fchmod,fchown,link,linkat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2';
const PUBLISH = join(import.meta.dirname, 'publish-once.ts');
const DESTROY = join(import.meta.dirname, 'destroy-once.ts');
const MOVE = join(import.meta.dirname, 'move-once.ts');
const SEAL = join(import.meta.dirname, 'seal-once.ts');

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function makeFolder(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'havengate-order-'));
  folders.push(folder);
  return folder;
}

/** The system calls of a script that stores a file, from the first byte on, in the order they were made. */
async function watch(data: string, script = PUBLISH): Promise<string[]> {
  const log = join(data, 'strace.log');
  // -y prints the path of a descriptor: `fsync(21</data/arrivals/alice>) = 0`.
  const strace = ['-f', '-y', '-s', '100', '-e', `trace=${CALLS}`, '-o', log];
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1', NODE_OPTIONS: '' };
  await promisify(execFile)('strace', [...strace, process.execPath, script, data], { env });
  const calls = (await readFile(log, 'utf8'))
    .split('\n')
    .filter((line) => line.includes('havengate-order-') || line.includes('/proc/self/fd/'))
    .map((line) => line.replace(/^\d+ +/, '').replace(/\\\d+/g, ''));
  return calls.slice(calls.findIndex((call) => call.startsWith('pwrite')));
}

/** The first step that does not follow the ones before it, with the calls that were made; null when all do. */
function brokenStep(calls: readonly string[], order: readonly RegExp[]): string | null {
  let from = 0;
  for (const step of order) {
    const found = calls.findIndex((call, place) => place >= from && step.test(call));
    if (found === -1) return `no ${step} after call ${from} of\n${calls.join('\n')}`;
    from = found + 1;
  }
  return null;
}

const FOLDERS_MADE = [
  /^mkdir\(.*\/alice"/,
  /^fsync\(.*\/arrivals>/,
  /^mkdir\(.*\/raw"/,
  /^fsync\(.*\/arrivals\/alice>/,
];
const CLEARED = [/^unlink\(.*\/airlock\/files\/file_/, /^fsync\(.*\/airlock\/files>/];

beforeAll(() => {
  if (spawnSync('strace', ['-V']).status !== 0)
    throw new Error('strace is missing or does not run: scripts/test installs it (apt-get install strace)');
});

describe('the order of system calls', () => {
  test('is: bytes and entry synced, folders synced, mode synced, link, folder synced, unlink, synced', async () => {
    const calls = await watch(await makeFolder(tmpdir()));
    const order = [
      /^pwrite.*\/airlock\/files\/file_/,
      /^fdatasync\(.*\/airlock\/files\/file_/,
      /^fsync\(.*\/airlock\/files>/,
      ...FOLDERS_MADE,
      /^fchmod\(.*\/airlock\/files\/file_.*0440/,
      /^fsync\(.*\/airlock\/files\/file_/,
      /^link\(.*\/airlock\/files\/file_.*\/scan\.csv"/,
      /^fsync\(.*\/arrivals\/alice\/raw>/,
      ...CLEARED,
    ];
    expect(brokenStep(calls, order)).toBeNull();
  });

  test('across file systems is: copy written, mode, synced, link, folder synced, copy unlinked', async () => {
    const data = await makeFolder(tmpdir());
    const other = await makeFolder('/dev/shm');
    await mkdir(join(other, 'arrivals'));
    await symlink(join(other, 'arrivals'), join(data, 'arrivals'));
    const order = [
      /^fdatasync\(.*\/airlock\/files\/file_/,
      ...FOLDERS_MADE,
      /^pwrite.*\.havengate-incoming\/file_/,
      /^fsync\(.*\.havengate-incoming\/file_/,
      /^fchmod\(.*\.havengate-incoming\/file_.*0440/,
      /^fsync\(.*\.havengate-incoming\/file_/,
      /^link\(.*\.havengate-incoming\/file_.*\/scan\.csv"/,
      /^fsync\(.*\/arrivals\/alice\/raw>/,
      /^unlink\(.*\.havengate-incoming\/file_/,
      ...CLEARED,
    ];
    expect(brokenStep(await watch(data), order)).toBeNull();
  });

  test.each([
    ['one file system', null, 'airlock/doomed'],
    ['two file systems', '/dev/shm', 'arrivals/.havengate-doomed'],
  ])(
    'of a destruction on %s is: rename, both folders synced, unlink, synced',
    async (_, elsewhere, doomed) => {
      const data = await makeFolder(tmpdir());
      if (elsewhere !== null) {
        const other = await makeFolder(elsewhere);
        await mkdir(join(other, 'arrivals'));
        await symlink(join(other, 'arrivals'), join(data, 'arrivals'));
      }
      const all = await watch(data, DESTROY);
      const calls = all.slice(all.findIndex((call) => call.startsWith('rename')));
      const order = [
        new RegExp(`^rename\\(.*/scan\\.csv".*/${doomed}/file_.*-g3"`),
        new RegExp(`^fsync\\(.*/${doomed}>`),
        /^fsync\(.*\/arrivals\/alice\/raw>/,
        new RegExp(`^unlink\\(.*/${doomed}/file_.*-g3"`),
        new RegExp(`^fsync\\(.*/${doomed}>`),
      ];
      expect(brokenStep(calls, order)).toBeNull();
      expect(calls.filter((call) => /^(rename|unlink|link)/.test(call))).toHaveLength(2);
    },
  );

  test('publishing never renames, since a rename replaces in silence', async () => {
    const calls = await watch(await makeFolder(tmpdir()));
    expect(calls.filter((call) => call.startsWith('rename'))).toEqual([]);
  });

  /** What comes last in a move, by link and by copy. */
  const FINISHED = [
    /^rename\(.*\/scan\.csv".*\/file_.*-carried"/,
    /^unlink\(.*\/file_.*-carried"/,
    /^fsync\(.*\/arrivals\/alice\/raw>/,
    /^fchmod\(.*\/cohort\/wave 1\/scan\.csv.*0660/,
    /^fsync\(.*\/cohort\/wave 1\/scan\.csv>/,
  ];

  test('of a move is: folders synced, link, folder synced, unlink, synced, mode and group, synced', async () => {
    const all = await watch(await makeFolder(tmpdir()), MOVE);
    const calls = all.slice(all.findIndex((call) => /^mkdir\(.*\/wave 1"/.test(call)));
    const order = [
      /^mkdir\(.*\/wave 1"/,
      /^fsync\(.*\/shares\/cohort>/,
      /^link\(.*\/scan\.csv".*\/scan\.csv"/,
      /^fsync\(.*\/shares\/cohort\/wave 1>/,
      ...FINISHED,
    ];
    expect(brokenStep(calls, order)).toBeNull();
    expect(calls.filter((call) => /^(rename|link|unlink)/.test(call))).toHaveLength(3);
    const unlinked = calls.findIndex((call) => call.startsWith('unlink'));
    expect(calls.slice(0, unlinked).filter((call) => /^fch(mod|own)\(.*scan\.csv/.test(call))).toEqual([]);
  });

  test('of a move across file systems is: copy synced, link, folder synced, and the same end', async () => {
    const data = await makeFolder(tmpdir());
    const other = await makeFolder('/dev/shm');
    await mkdir(join(other, 'shares'));
    await symlink(join(other, 'shares'), join(data, 'shares'));
    const order = [
      /^mkdir\(.*\/wave 1"/,
      /^fsync\(.*\/shares\/cohort>/,
      /^pwrite.*\.havengate-incoming\/file_/,
      /^fsync\(.*\.havengate-incoming\/file_/,
      /^link\(.*\/file_.*\/scan\.csv"/,
      /^unlink\(.*\/file_/,
      /^fsync\(.*\/shares\/cohort\/wave 1>/,
      ...FINISHED,
    ];
    expect(brokenStep(await watch(data, MOVE), order)).toBeNull();
  });

  test('of a sealing is: copy written, mode, synced, name, folder synced', async () => {
    const order = [
      /^p?write.*\/airlock\/files\/file_/,
      /^fchmod\(.*\/airlock\/files\/file_.*0600/,
      /^fsync\(.*\/airlock\/files\/file_/,
      /^link\(.*\/airlock\/files\/file_/,
      /^fsync\(.*\/airlock\/files>/,
    ];
    expect(brokenStep(await watch(await makeFolder(tmpdir()), SEAL), order)).toBeNull();
  });
});
