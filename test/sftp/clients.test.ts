import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, sftp, sshOptions } from './openssh.ts';
import { type OutsideDoor, openOutsideDoor, PASSWORD, type Person } from './outside-door.ts';

let door: OutsideDoor;
let alice: Person;
let bytes: Buffer;

/** A local file with random bytes. */
function local(name: string, content: Buffer = bytes): string {
  const path = join(door.folder, name);
  writeFileSync(path, content);
  return path;
}

beforeAll(async () => {
  door = await openOutsideDoor();
  alice = await door.addPerson('alice');
  bytes = randomBytes(3_000_000);
});

afterAll(async () => door[Symbol.asyncDispose]());

describe('OpenSSH sftp', () => {
  test('puts a file, which is received with its bytes and looks the part', async () => {
    const path = local('scan.csv');
    utimesSync(path, new Date('2020-02-03T04:05:06Z'), new Date('2020-02-03T04:05:06Z'));
    const { code, out, err } = await sftp(door, alice, [
      'pwd',
      `put -p ${path} scan.csv`,
      'ls -l',
      'ls -la /',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Remote working directory: /arrivals');
    expect(out).toMatch(/^-rw------- +1 alice +settling +3000000 Feb {2}3 {2}2020 scan\.csv$/m);
    expect(out).toMatch(/^drwx------ .* arrivals$/m);
    const file = await door.file(alice, 'scan.csv');
    expect(file).toMatchObject({ state: 'received', size: bytes.length, door: 'sftp' });
    expect((await door.bytes(file)).equals(bytes)).toBe(true);
    expect(door.hints).toContainEqual({ job: 'inspect-file', ref: { id: file?.id, generation: 1 } });
  });

  test('puts a tree of folders, lists it, renames, removes, and removes folders', async () => {
    const folder = join(door.folder, 'tree');
    mkdirSync(join(folder, 'inner'), { recursive: true });
    for (let i = 0; i < 30; i++) writeFileSync(join(folder, 'inner', `part-${i}`), `part ${i}`);
    const put = await sftp(door, alice, [
      `put -r ${folder}`,
      'ls -1 tree/inner',
      'rename tree/inner/part-3 tree/three',
    ]);
    expect(put.code).toBe(0);
    expect(put.out.match(/part-\d+$/gm)).toHaveLength(30);
    expect(await door.file(alice, 'tree/three')).toMatchObject({ state: 'received', size: 6 });
    const removed = await sftp(door, alice, [
      'rm tree/inner/*',
      'rmdir tree/inner',
      'rm tree/three',
      'rmdir tree',
      '-ls tree',
    ]);
    expect(removed.code).toBe(0);
    expect(removed.err).toContain('Can\'t ls: "/arrivals/tree" not found');
  });

  test('goes on with an upload that was cut off', async () => {
    const path = local('resumed.bin');
    local('resumed.begin', bytes.subarray(0, 1_234_567));
    const { code } = await sftp(door, alice, [
      `put ${join(door.folder, 'resumed.begin')} resumed.bin`,
      `reput ${path} resumed.bin`,
    ]);
    expect(code).toBe(0);
    const file = await door.file(alice, 'resumed.bin');
    expect(file).toMatchObject({ state: 'received', size: bytes.length, generation: 2 });
    expect((await door.bytes(file)).equals(bytes)).toBe(true);
  });

  test('keeps what was sent when the client is killed, to be gone on with', async () => {
    const big = randomBytes(40_000_000);
    const path = local('killed.bin', big);
    const killer = new AbortController();
    const put = run(
      'sftp',
      [...sshOptions(door, alice), '-l', '80000', '-b', '-', `${alice.name}@127.0.0.1`],
      {
        input: `put ${path}\n`,
        signal: killer.signal,
      },
    );
    await expect.poll(async () => (await door.file(alice, 'killed.bin'))?.state).toBe('receiving');
    await new Promise((resolve) => setTimeout(resolve, 500));
    killer.abort();
    await put;
    await expect.poll(async () => (await door.file(alice, 'killed.bin'))?.size).toBeGreaterThan(0);
    const { code } = await sftp(door, alice, [`reput ${path}`]);
    expect(code).toBe(0);
    expect((await door.bytes(await door.file(alice, 'killed.bin'))).equals(big)).toBe(true);
  });

  test.each(['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes256-ctr'])(
    'changes keys in the middle of an upload with %s, and loses nothing',
    async (cipher) => {
      const big = randomBytes(30_000_000);
      const path = local('rekeyed.bin', big);
      const options = sshOptions(door, alice, { RekeyLimit: '1M', Ciphers: cipher });
      const target = `${alice.name}@127.0.0.1`;
      const put = await run('sftp', [...options, '-b', '-', target], {
        input: `put ${path} rekeyed-${cipher}\n`,
      });
      expect(put).toMatchObject({ code: 0, err: '' });
      expect((await door.bytes(await door.file(alice, `rekeyed-${cipher}`))).equals(big)).toBe(true);
    },
  );

  test('is told why it cannot read back, write elsewhere or link', async () => {
    const path = local('x.csv');
    const { err } = await sftp(door, alice, [
      '-get scan.csv',
      `-put ${path} /elsewhere`,
      '-ln scan.csv b',
      '-ln -s scan.csv b',
    ]);
    expect(err.match(/Permission denied|Operation unsupported/g)).toHaveLength(3);
  });

  test('sees how much room there is', async () => {
    const { code, out } = await sftp(door, alice, ['df -h']);
    expect(code).toBe(0);
    expect(out).toMatch(/\d+(\.\d)?[GT]B +0B+ +\d/);
  });

  test('gets no shell, command or forwarding, and a sentence about it', async () => {
    const target = `${alice.name}@127.0.0.1`;
    const shell = await run('ssh', [...sshOptions(door, alice), '-T', target]);
    expect(shell).toMatchObject({ code: 1, err: expect.stringContaining('there is no shell here') });
    const command = await run('ssh', [...sshOptions(door, alice), target, 'id; cat /etc/passwd']);
    expect(command).toMatchObject({ code: 1, out: '', err: expect.stringContaining('runs no commands') });
    const forward = await run('ssh', [
      ...sshOptions(door, alice),
      '-W',
      `127.0.0.1:${door.door.port}`,
      target,
    ]);
    expect(forward.code).not.toBe(0);
    const remote = await run('ssh', [
      ...sshOptions(door, alice),
      '-o',
      'ExitOnForwardFailure=yes',
      '-N',
      '-R',
      '0:127.0.0.1:22',
      target,
    ]);
    expect(remote.code).not.toBe(0);
    const other = await run('ssh', [...sshOptions(door, alice), '-s', target, 'netconf']);
    expect(other.code).not.toBe(0);
  });
});

test('scp puts a file', async () => {
  const { code, err } = await run('scp', [
    ...sshOptions(door, alice),
    local('by-scp'),
    `${alice.name}@127.0.0.1:`,
  ]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(await door.file(alice, 'by-scp')).toMatchObject({ state: 'received', size: bytes.length });
});

test('lftp mirrors a folder, and sends nothing again the second time', async () => {
  const folder = join(door.folder, 'mirrored');
  mkdirSync(folder);
  for (let i = 0; i < 20; i++) writeFileSync(join(folder, `m-${i}`), `mirrored ${i}`);
  const mirror = (): ReturnType<typeof run> =>
    run(
      'lftp',
      [
        '-c',
        `set sftp:auto-confirm yes; set net:max-retries 2; open -p ${door.door.port} -u alice,${escaped(PASSWORD)} sftp://127.0.0.1; mirror -R --parallel=2 -v ${folder} mirrored`,
      ],
      {
        env: { HOME: door.folder },
      },
    );
  const first = await mirror();
  expect(first.code, first.err).toBe(0);
  expect(await door.file(alice, 'mirrored/m-19')).toMatchObject({ state: 'received', size: 11 });
  const before = (await door.intake.ledger.listFiles({ owner: alice.id, limit: 1000 })).length;
  const second = await mirror();
  expect(second.code, second.err).toBe(0);
  expect((await door.intake.ledger.listFiles({ owner: alice.id, limit: 1000 })).length).toBe(before);
});

test('rclone copies a folder, compares digests as it goes, and checks it against what was received', async () => {
  const folder = join(door.folder, 'cloned');
  mkdirSync(folder);
  for (let i = 0; i < 10; i++) writeFileSync(join(folder, `r-${i}`), bytes.subarray(0, i * 100_000));
  const [key] = sshOptions(door, alice).filter((option) => option.startsWith('IdentityFile='));
  const remote = `:sftp,host=127.0.0.1,port=${door.door.port},user=alice,key_file=${key?.slice(13)}:`;
  const clone = (verb: string): ReturnType<typeof run> =>
    run('rclone', [verb, folder, `${remote}cloned`, '--retries', '1', '--config', '/dev/null'], {
      env: { HOME: door.folder },
    });
  const copied = await clone('copy');
  expect(copied.code, copied.err).toBe(0);
  const checked = await clone('check');
  expect(checked.code, checked.err).toBe(0);
  expect(checked.err).toContain('10 matching files');
  expect(checked.err).not.toContain('could not be checked');
  // Of another content with the same size and time, only the digest can tell.
  const times = statSync(join(folder, 'r-5'));
  writeFileSync(join(folder, 'r-5'), randomBytes(500_000));
  utimesSync(join(folder, 'r-5'), times.atime, times.mtime);
  const differing = await clone('check');
  expect(differing.code).toBe(1);
  expect(differing.err).toMatch(/r-5: md5 differ/);
  expect((await door.bytes(await door.file(alice, 'cloned/r-9'))).length).toBe(900_000);
  expect(readFileSync(join(folder, 'r-9')).length).toBe(900_000);
});

function escaped(text: string): string {
  return text.replaceAll(' ', '\\ ');
}
