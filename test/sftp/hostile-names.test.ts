import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import type { Client, Site } from './clients/client.ts';
import { LFTP, PARAMIKO, RCLONE } from './clients/other-clients.ts';
import { type OutsideDoor, openOutsideDoor, PASSWORD, type Person } from './outside-door.ts';
import { connectSsh, RawClient, string, uint32, uint64 } from './raw-client.ts';

const WRITE_ONLY = 0x02;
const PETABYTE = 2n ** 50n;

let door: OutsideDoor;
let alice: Person;
let raw: RawClient;
let hostKey = '';

beforeAll(async () => {
  door = await openOutsideDoor();
  alice = await door.addPerson('alice');
  const hostHash = 'sha256';
  const hostVerifier = (hash: string): boolean => {
    hostKey = `SHA256:${Buffer.from(hash, 'hex').toString('base64').replace(/=+$/, '')}`;
    return true;
  };
  raw = await RawClient.over(await connectSsh(door, alice, { hostHash, hostVerifier }));
});

afterAll(async () => {
  raw.client.end();
  await door[Symbol.asyncDispose]();
});

async function put(name: string, text: string): Promise<void> {
  const handle = await raw.open(name);
  expect(await raw.write(handle, 0, text)).toMatchObject({ code: STATUS.OK });
  expect(await raw.close(handle)).toMatchObject({ code: STATUS.OK });
}

test.each([
  ['in case', 'Scan.csv', 'scan.csv'],
  ['in how an accent is written', 'caf\u00e9.csv', 'cafe\u0301.csv'],
  ['in a space at the end', 'end', 'end '],
  ['in a mark that turns the direction of reading', 'a\u202egpj.exe', 'agpj.exe'],
])(
  'two names that differ %s are two uploads, and neither takes the bytes of the other',
  async (_, one, two) => {
    await put(one, `of ${one}`);
    await put(two, `of ${two} too`);
    for (const [name, text] of [
      [one, `of ${one}`],
      [two, `of ${two} too`],
    ] as const) {
      const file = await door.file(alice, name);
      expect(file).toMatchObject({ state: 'received' });
      expect((await door.bytes(file)).toString()).toBe(text);
    }
  },
);

test('a file is neither gone on with, cut, removed nor renamed by another spelling of its name', async () => {
  await put('Went.csv', 'first');
  await expect(raw.open('went.csv', WRITE_ONLY)).rejects.toThrow('there is no such file');
  const cut = Buffer.concat([uint32(1), uint64(0)]);
  for (const refused of [
    await raw.ask(MESSAGE.SETSTAT, string('went.csv'), cut),
    await raw.ask(MESSAGE.REMOVE, string('WENT.csv')),
    await raw.ask(MESSAGE.RENAME, string('went.csv'), string('moved.csv')),
  ])
    expect(refused.code).not.toBe(STATUS.OK);
  const file = await door.file(alice, 'Went.csv');
  expect(file).toMatchObject({ state: 'received' });
  expect((await door.bytes(file)).toString()).toBe('first');
  const handle = await raw.open('unfinished.csv');
  await expect(raw.open('Unfinished.csv')).rejects.toThrow(/taken|exists|already/i);
  await raw.close(handle);
});

test.each([
  ['..\\..\\x', '/arrivals/..\\..\\x'],
  ['%2e%2e/x', '/arrivals/%2e%2e/x'],
  ['\uff0e\uff0e/x', '/arrivals/\uff0e\uff0e/x'],
  ['\u2024\u2024/x', '/arrivals/\u2024\u2024/x'],
  ['.. /x', '/arrivals/.. /x'],
  ['.../x', '/arrivals/.../x'],
  ['a/../../../../../x', '/x'],
  ['/arrivals/./../arrivals//../../x', '/x'],
])('%j climbs only as far as it says, and never above the root', async (path, real) => {
  const { body } = await raw.ask(MESSAGE.REALPATH, string(path));
  expect(body.toString('utf8', 8, 8 + body.readUInt32BE(4))).toBe(real);
  expect((await raw.ask(MESSAGE.STAT, string(path))).code).toBe(STATUS.NO_SUCH_FILE);
});

test('a path of 1,000 folders is refused, in words, whatever is asked', async () => {
  const path = `${'d/'.repeat(1000)}x`;
  await expect(raw.open(path)).rejects.toThrow(/folders nest at most 100 deep/);
  for (const type of [MESSAGE.STAT, MESSAGE.MKDIR, MESSAGE.OPENDIR, MESSAGE.REMOVE])
    expect((await raw.ask(type, string(path), uint32(0))).message).toMatch(/folders nest at most 100 deep/);
  const expanded = await raw.ask(MESSAGE.EXTENDED, string('expand-path@openssh.com'), string(`~/${path}`));
  expect(expanded.message).toMatch(/folders nest at most 100 deep/);
});

test('a name that is taken is not replaced by a rename, whichever way it is asked for', async () => {
  await put('taken.csv', 'first');
  await put('other.csv', 'second');
  const both = [string('other.csv'), string('taken.csv')];
  expect((await raw.ask(MESSAGE.RENAME, ...both)).message).toContain('the name is taken');
  const over = await raw.ask(MESSAGE.EXTENDED, string('posix-rename@openssh.com'), ...both);
  expect(over.message).toContain('the name is taken');
  expect((await door.bytes(await door.file(alice, 'taken.csv'))).toString()).toBe('first');
  expect((await door.bytes(await door.file(alice, 'other.csv'))).toString()).toBe('second');
});

test('a file is not made a petabyte long, and what was sent of it stays', async () => {
  await put('large.bin', 'begun');
  const handle = await raw.open('large.bin', WRITE_ONLY);
  const size = Buffer.concat([uint32(1), uint64(PETABYTE)]);
  expect((await raw.ask(MESSAGE.FSETSTAT, string(handle), size)).message).toMatch(
    /larger than this service takes/,
  );
  expect((await raw.write(handle, PETABYTE, 'far')).message).toMatch(/larger than this service takes/);
  await raw.close(handle);
  expect((await raw.ask(MESSAGE.SETSTAT, string('large.bin'), size)).message).toMatch(
    /larger than this service takes/,
  );
  expect((await door.bytes(await door.file(alice, 'large.bin'))).toString()).toBe('begun');
});

/** Puts a small file with a client, under a name of its own choice; what the client told. */
async function tryName(client: Client, name: string): Promise<string> {
  const home = join(door.folder, client.name);
  mkdirSync(home, { recursive: true });
  const path = join(home, 'file.txt');
  writeFileSync(path, 'x');
  const site: Site = { port: door.door.port, password: PASSWORD, home, hostKey };
  const ended = await client.put(site, path, `/arrivals/${name}`);
  expect(ended.code).not.toBe(0);
  return ended.out + ended.err;
}

// OpenSSH's and PuTTY's clients show the status alone.
test.each([LFTP, PARAMIKO, RCLONE])('$name shows a person why a name is not kept', async (client) => {
  expect(await tryName(client, 'n'.repeat(256))).toContain('a name has at most 255 bytes');
});

test.each([LFTP, PARAMIKO])(
  '$name shows a person that a name cannot have control characters',
  async (client) => {
    expect(await tryName(client, 'a\u0007b')).toContain('a name cannot hold control characters');
  },
);
