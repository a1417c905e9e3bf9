import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Haven, makeHaven } from './haven.ts';
import { run, sftp, sshOptions } from './openssh.ts';
import { PASSWORD } from './outside-door.ts';

let haven: Haven;
let bytes: Buffer;

beforeAll(async () => {
  haven = await makeHaven({ custody: { settle: 0 } });
  bytes = randomBytes(64 * 1024 * 1024);
});

afterAll(async () => haven[Symbol.asyncDispose]());

const work = (...names: string[]): string => join(haven.outside.folder, ...names);
const inShare = (...names: string[]): string => haven.data('shares', 'cohort', ...names);
const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const digestOf = (path: string): string => digest(readFileSync(path));

describe('OpenSSH sftp inside', () => {
  test('sees arrivals, shares and outbound, and of the last only what it may use', async () => {
    const alice = await sftp(haven.inside, haven.alice, [
      'pwd',
      'ls -1 /',
      'ls -1 /shares',
      'ls -1 /outbound',
    ]);
    expect(alice).toMatchObject({ code: 0, err: '' });
    expect(alice.out.split('\n').filter((line) => line.startsWith('/'))).toEqual([
      '/arrivals',
      '/outbound',
      '/shares',
      '/shares/cohort',
      '/outbound/cohort',
    ]);
    const bob = await sftp(haven.inside, haven.bob, ['ls -1 /shares', 'ls -1 /outbound']);
    expect(bob.out).toContain('/shares/cohort');
    expect(bob.out).not.toContain('/outbound/cohort');
  });

  test('gets 64 MiB from Arrivals, byte for byte, and goes on with a part of it', async () => {
    await haven.arrive(haven.alice, 'big/scan.bin', bytes);
    writeFileSync(work('part'), bytes.subarray(0, 20_000_001));
    const { code, err } = await sftp(haven.inside, haven.alice, [
      `get /arrivals/big/scan.bin ${work('whole')}`,
      `reget /arrivals/big/scan.bin ${work('part')}`,
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(digestOf(work('whole'))).toBe(digest(bytes));
    expect(digestOf(work('part'))).toBe(digest(bytes));
  });

  test('gets by several clients at once give each of them its own bytes', async () => {
    // Packets share memory: one that is used again too early fails its authentication tag at the client.
    const names = ['one', 'two', 'three'];
    const parts = names.map((_, i) => bytes.subarray(i * 8 * 1024 * 1024, (i + 2) * 8 * 1024 * 1024));
    for (const [i, part] of parts.entries()) await haven.arrive(haven.alice, `at-once/${names[i]}`, part);
    const got = await Promise.all(
      names.map((name) =>
        sftp(haven.inside, haven.alice, [`get /arrivals/at-once/${name} ${work(`at-once-${name}`)}`]),
      ),
    );
    expect(got.map(({ code, err }) => ({ code, err }))).toEqual(names.map(() => ({ code: 0, err: '' })));
    expect(names.map((name) => digestOf(work(`at-once-${name}`)))).toEqual(parts.map(digest));
  });

  test('moves a file, and a folder with what is in it, from Arrivals to a share by renaming', async () => {
    const file = await haven.arrive(haven.alice, 'scan.csv', 'a,b');
    await haven.arrive(haven.alice, 'tree/one.csv', 'one');
    const deep = await haven.arrive(haven.alice, 'tree/deep/two.csv', 'two');
    const { code, err, out } = await sftp(haven.inside, haven.alice, [
      'rename /arrivals/scan.csv /shares/cohort/moved.csv',
      'rename /arrivals/tree /shares/cohort/tree',
      'ls -l /shares/cohort',
      '-ls /arrivals/tree',
    ]);
    expect(code, err).toBe(0);
    expect(out).toMatch(/^-rw------- +1 alice +working +3 .* moved\.csv$/m);
    expect(readFileSync(inShare('moved.csv'), 'utf8')).toBe('a,b');
    expect(readFileSync(inShare('tree', 'deep', 'two.csv'), 'utf8')).toBe('two');
    expect((await haven.file(file.id)).state).toBe('shared');
    expect((await haven.file(deep.id)).state).toBe('shared');
    expect(err).toContain('not found');
  });

  test('removes an arrival, and changes nothing else there', async () => {
    const file = await haven.arrive(haven.alice, 'unwanted.csv', 'x');
    writeFileSync(work('x'), 'x');
    const { err } = await sftp(haven.inside, haven.alice, [
      'rm /arrivals/unwanted.csv',
      `-put ${work('x')} /arrivals/x`,
      '-mkdir /arrivals/new',
      '-rename /arrivals/big /arrivals/bigger',
      'chmod 777 /arrivals/big/scan.bin',
    ]);
    expect((await haven.file(file.id)).state).toBe('removed');
    expect(err.match(/Permission denied/g)).toHaveLength(3);
  });

  test('puts, overwrites, renames over and removes working files', async () => {
    writeFileSync(work('one'), 'first');
    writeFileSync(work('two'), 'second, longer');
    writeFileSync(work('three'), '3');
    const { code, err } = await sftp(haven.inside, haven.alice, [
      'cd /shares/cohort',
      `put ${work('one')} notes.txt`,
      `put ${work('two')} notes.txt`,
      `put -f ${work('three')} other.txt`,
      'rename other.txt notes.txt',
      'mkdir folder',
      'rename notes.txt folder/notes.txt',
      `get folder/notes.txt ${work('back')}`,
      'df -h',
    ]);
    expect(code, err).toBe(0);
    expect(readFileSync(work('back'), 'utf8')).toBe('3');
    expect(existsSync(inShare('other.txt'))).toBe(false);
    const gone = await sftp(haven.inside, haven.alice, [
      'rm /shares/cohort/folder/notes.txt',
      'rmdir /shares/cohort/folder',
    ]);
    expect(gone.code, gone.err).toBe(0);
    expect(existsSync(inShare('folder'))).toBe(false);
  });

  test('neither follows nor reads a symbolic link in a share, and removes the link itself', async () => {
    writeFileSync(work('secret'), 'secret');
    symlinkSync(work('secret'), inShare('planted'));
    symlinkSync(haven.data('arrivals'), inShare('planted-folder'));
    const { err, out } = await sftp(haven.inside, haven.alice, [
      'ls -l /shares/cohort/',
      `-get /shares/cohort/planted ${work('stolen')}`,
      `-put ${work('x')} /shares/cohort/planted`,
      '-ls /shares/cohort/planted-folder/alice',
      `-put ${work('x')} /shares/cohort/planted-folder/x`,
      'rm /shares/cohort/planted',
    ]);
    expect(out).toMatch(/^l.* planted$/m);
    expect(existsSync(work('stolen'))).toBe(false);
    expect(readFileSync(work('secret'), 'utf8')).toBe('secret');
    expect(existsSync(haven.data('arrivals', 'x'))).toBe(false);
    expect(existsSync(inShare('planted'))).toBe(false);
    expect(lstatSync(inShare('planted-folder')).isSymbolicLink()).toBe(true);
    expect(err).not.toBe('');
    await sftp(haven.inside, haven.alice, ['rm /shares/cohort/planted-folder']);
    expect(existsSync(haven.data('arrivals'))).toBe(true);
  });

  test('drops into outbound and sends a copy there by renaming; both are listed with their state', async () => {
    writeFileSync(inShare('results.csv'), 'r,s');
    writeFileSync(work('direct.csv'), 'd');
    const { code, err, out } = await sftp(haven.inside, haven.alice, [
      `put ${work('direct.csv')} /outbound/cohort/direct.csv`,
      'rename /shares/cohort/results.csv /outbound/cohort/results.csv',
      'ls -l /outbound/cohort',
      `-get /outbound/cohort/direct.csv ${work('read-back')}`,
    ]);
    expect(code, err).toBe(0);
    expect(readFileSync(inShare('results.csv'), 'utf8')).toBe('r,s');
    expect(out).toMatch(/ alice +\S+ +1 .* direct\.csv$/m);
    expect(out).toMatch(/ alice +sealing .* results\.csv$/m);
    expect(existsSync(work('read-back'))).toBe(false);
    const files = await haven.inside.intake.ledger.listFiles({
      owner: haven.alice.id,
      leaving: true,
      limit: 10,
    });
    expect(files.map(({ path, state }) => [path.name, state])).toEqual([
      ['results.csv', 'sealing'],
      ['direct.csv', 'received'],
    ]);
  });

  test('without the right, nothing goes out and nothing is changed', async () => {
    writeFileSync(work('y'), 'y');
    writeFileSync(inShare('shared.csv'), 's');
    const { err } = await sftp(haven.inside, haven.bob, [
      `-put ${work('y')} /outbound/cohort/y`,
      '-rename /shares/cohort/shared.csv /outbound/cohort/shared.csv',
      `-put ${work('y')} /shares/cohort/y`,
      '-rename /shares/cohort/shared.csv /shares/cohort/mine.csv',
      '-rm /shares/cohort/shared.csv',
      `get /shares/cohort/shared.csv ${work('bobs')}`,
    ]);
    expect(err.match(/Permission denied/gi)?.length).toBeGreaterThanOrEqual(5);
    expect(readFileSync(work('bobs'), 'utf8')).toBe('s');
    expect(existsSync(inShare('y'))).toBe(false);
    expect(await haven.inside.intake.ledger.listFiles({ owner: haven.bob.id, limit: 10 })).toEqual([]);
  });
});

test('outside, what was released is listed, got and gone on with, and nothing else', async () => {
  const file = await haven.release(haven.alice, 'cohort', 'results/table.bin', bytes);
  writeFileSync(work('released-part'), bytes.subarray(0, 33_333_333));
  const { code, err, out } = await sftp(haven.outside, haven.alice, [
    'ls -1 /outbound',
    'ls -l /outbound/cohort/results',
    `get /outbound/cohort/results/table.bin ${work('released')}`,
  ]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('/outbound/cohort');
  expect(out).toMatch(/^-r-------- +1 alice +released +67108864 .* table\.bin$/m);
  expect(digestOf(work('released'))).toBe(digest(bytes));
  expect((await haven.file(file.id)).collectedAt).not.toBeNull();
  const more = await sftp(haven.outside, haven.alice, [
    `reget /outbound/cohort/results/table.bin ${work('released-part')}`,
    '-rm /outbound/cohort/results/table.bin',
    '-rename /outbound/cohort/results/table.bin /arrivals/table.bin',
    '-mkdir /outbound/cohort/new',
    `-put ${work('part')} /outbound/cohort/new`,
    `-put ${work('part')} /outbound/new`,
  ]);
  expect(digestOf(work('released-part'))).toBe(digest(bytes));
  expect(more.err.match(/Permission denied/g)).toHaveLength(5);
  const bob = await sftp(haven.outside, haven.bob, ['ls /outbound', '-ls /outbound/cohort']);
  expect(bob.out).not.toMatch(/^\/outbound\/cohort/m);
  expect(bob.err).toContain('not found');
});

test('lftp mirrors a share, and gets nothing again the second time', async () => {
  mkdirSync(inShare('mirrored', 'deep'), { recursive: true });
  for (let i = 0; i < 30; i++)
    writeFileSync(inShare('mirrored', 'deep', `m-${i}`), bytes.subarray(0, i * 50_000));
  const target = work('mirror');
  const mirror = () =>
    run(
      'lftp',
      [
        '-c',
        `set sftp:auto-confirm yes; set net:max-retries 2; open -p ${haven.inside.door.port} -u alice,${PASSWORD.replaceAll(' ', '\\ ')} sftp://127.0.0.1; mirror --parallel=3 -v /shares/cohort/mirrored ${target}`,
      ],
      { env: { HOME: work() } },
    );
  const first = await mirror();
  expect(first.code, first.err).toBe(0);
  expect(readdirSync(join(target, 'deep'))).toHaveLength(30);
  expect(digestOf(join(target, 'deep', 'm-29'))).toBe(digest(bytes.subarray(0, 29 * 50_000)));
  const second = await mirror();
  expect(second.out + second.err).not.toContain('Transferring');
});

test('rclone copies into a share and out of it, and checks every byte', async () => {
  mkdirSync(work('local-tree'));
  for (let i = 0; i < 10; i++) writeFileSync(work('local-tree', `r-${i}`), bytes.subarray(i, i * 300_000));
  const [key] = sshOptions(haven.inside, haven.alice).filter((option) => option.startsWith('IdentityFile='));
  const remote = `:sftp,host=127.0.0.1,port=${haven.inside.door.port},user=alice,key_file=${key?.slice(13)}:/shares/cohort/cloned`;
  const rclone = (...args: string[]) =>
    run('rclone', [...args, '--retries', '1', '--config', '/dev/null'], { env: { HOME: work() } });
  const copied = await rclone('copy', work('local-tree'), remote);
  expect(copied.code, copied.err).toBe(0);
  const checked = await rclone('check', '--download', work('local-tree'), remote);
  expect(checked.code, checked.err).toBe(0);
});

/** Mounts need a device that not every machine has; the packets of sshfs are in inside-requests.test.ts. */
describe.skipIf(!existsSync('/dev/fuse'))('sshfs', () => {
  test('mounts the haven, and files in a share are used as on a disk', async () => {
    const mount = work('mnt');
    mkdirSync(mount);
    const [, , ...options] = sshOptions(haven.inside, haven.alice);
    const mounted = await run('sshfs', [...options, '-F', '/dev/null', 'alice@127.0.0.1:/', mount]);
    expect(mounted.code, mounted.err).toBe(0);
    try {
      const script = `
        set -e
        cd ${mount}/shares/cohort
        mkdir fs && cd fs
        echo one > a; echo two >> a; test "$(cat a)" = "one
two"
        cp a b; mv b a; test ! -e b
        set -C; if echo x 2>/dev/null > a; then exit 3; fi; set +C
        truncate -s 3 a; test "$(cat a)" = one
        dd if=/dev/urandom of=big bs=1M count=16 2>/dev/null conv=fsync
        cp big copy; cmp big copy
        dd if=big of=copy bs=4096 skip=100 seek=7 count=1 conv=notrunc 2>/dev/null
        test "$(dd if=copy bs=4096 skip=7 count=1 2>/dev/null | sha256sum)" = "$(dd if=big bs=4096 skip=100 count=1 2>/dev/null | sha256sum)"
        touch -d 2020-02-03T04:05:06Z a; test "$(stat -c %Y a)" = 1580702706
        for i in $(seq 200); do : > n-$i; done; test "$(ls | wc -l)" = 203
        rm n-*; df . > /dev/null; rm a big copy; cd ..; rmdir fs
        test "$(sha256sum < ${mount}/arrivals/big/scan.bin)" = "${digest(bytes)}  -"
        mv ${mount}/arrivals/mounted.csv ${mount}/shares/cohort/mounted.csv
      `;
      await haven.arrive(haven.alice, 'mounted.csv', 'by mount');
      const used = await run('sh', ['-c', script]);
      expect(used, used.err).toMatchObject({ code: 0 });
      expect(readFileSync(inShare('mounted.csv'), 'utf8')).toBe('by mount');
    } finally {
      await run('fusermount3', ['-u', '-z', mount]);
    }
  });
});
