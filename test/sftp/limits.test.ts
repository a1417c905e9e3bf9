import { createConnection } from 'node:net';
import fc from 'fast-check';
import type { Client } from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_SFTP_LIMITS, type SftpLimits } from '../../src/doors/sftp/limits.ts';
import { whyNotWait } from '../../src/doors/sftp/waiting-room.ts';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { eventually } from '../support/wait.ts';
import { type Ended, run, sshOptions } from './openssh.ts';
import { type OutsideDoor, openOutsideDoor, type Person } from './outside-door.ts';
import { connectSsh, RawClient, string, uint32 } from './raw-client.ts';

let door: OutsideDoor | null = null;
let clients: Client[] = [];

afterEach(async () => {
  for (const client of clients) client.end();
  clients = [];
  await door?.[Symbol.asyncDispose]();
  door = null;
});

async function open(limits: Partial<SftpLimits>): Promise<Person> {
  door = await openOutsideDoor({ limits });
  return theDoor().addPerson('alice');
}

function theDoor(): OutsideDoor {
  if (door === null) throw new Error('no door is open');
  return door;
}

/** A session that stays until the end of the test. */
async function stays(person: Person): Promise<RawClient> {
  const raw = await RawClient.connect(theDoor(), person);
  clients.push(raw.client);
  return raw;
}

/** OpenSSH's own client, by key. */
function openSsh(person: Person): Promise<Ended> {
  const options = sshOptions(theDoor(), person, { LogLevel: 'INFO' });
  return run('sftp', [...options, '-b', '-', `${person.name}@127.0.0.1`], { input: 'pwd\n' });
}

function refused(limit: keyof SftpLimits): number | undefined {
  return theDoor()
    .door.limits()
    .find((use) => use.limit === limit)?.refused;
}

function used(limit: keyof SftpLimits): number | null | undefined {
  return theDoor()
    .door.limits()
    .find((use) => use.limit === limit)?.used;
}

describe('a newcomer', () => {
  const limits = { ...DEFAULT_SFTP_LIMITS, waiting: 100, dropFrom: 50, dropRate: 30, reserved: 10 };
  const crowd = fc.record({ all: fc.nat(200), sameSource: fc.nat(300) });
  const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test('is never turned away by chance where somebody has signed in from, and always when it is full', () => {
    fc.assert(
      fc.property(crowd, chances, ({ all, sameSource }, chance) => {
        const known = whyNotWait({ all, sameSource, isKnown: true }, limits, chance);
        const fits = sameSource < limits.waitingPerSource;
        expect(known === null).toBe(all < 110 && fits);
        const stranger = whyNotWait({ all, sameSource, isKnown: false }, limits, chance);
        const byChance = all >= 50 && all < 100 && fits;
        expect(byChance || (stranger === null) === (all < 50 && fits)).toBe(true);
      }),
    );
  });

  test('is turned away the sooner the more there are, as OpenSSH does it', () => {
    const part = (all: number): number =>
      Array.from({ length: 1000 }, (_, i) => i / 1000).filter(
        (chance) => whyNotWait({ all, sameSource: 0, isKnown: false }, limits, chance) !== null,
      ).length / 10;
    expect([49, 50, 75, 99, 100].map(part)).toEqual([0, 30, 65, 98.6, 100]);
  });

  test('is told so by OpenSSH, though nothing was spent on it', async () => {
    const alice = await open({ waiting: 2, dropFrom: 2 });
    const held = [1, 2].map(() =>
      createConnection(theDoor().door.port, '127.0.0.1').on('error', () => undefined),
    );
    await eventually('both wait', async () => used('waiting') === 2);
    const { code, err } = await openSsh(alice);
    expect(code).not.toBe(0);
    expect(err).toContain('Too many connections are waiting to sign in here now. Try again in a minute.');
    expect(refused('waiting')).toBe(1);
    for (const socket of held) socket.destroy();
    await eventually('none waits', async () => used('waiting') === 0);
    expect(await openSsh(alice)).toMatchObject({ code: 0 });
  });
});

describe('sessions', () => {
  test.each<[Partial<SftpLimits>, keyof SftpLimits, string]>([
    [{ sessions: 2 }, 'sessions', 'There are too many sessions on this server now.'],
    [{ sessionsPerSource: 2 }, 'sessionsPerSource', 'There are too many sessions from your address now.'],
    [{ sessionsPerAccount: 2 }, 'sessionsPerAccount', 'Your account has too many sessions open.'],
  ])('beyond %o are refused in words that OpenSSH shows', async (limits, name, words) => {
    const alice = await open(limits);
    await stays(alice);
    await stays(alice);
    const { code, err } = await openSsh(alice);
    expect(code).not.toBe(0);
    expect(err).toContain(words);
    expect([used(name), refused(name)]).toEqual([2, 1]);
    clients.pop()?.end();
    await eventually('one has ended', async () => used(name) === 1);
    expect(await openSsh(alice)).toMatchObject({ code: 0 });
  });

  test('of one account leave room for another', async () => {
    const alice = await open({ sessionsPerAccount: 1 });
    const bob = await theDoor().addPerson('bob');
    await stays(alice);
    await stays(bob);
    expect(used('sessionsPerAccount')).toBe(1);
  });

  test('that ask for nothing are ended in words, however well the client answers', async () => {
    const alice = await open({ idle: 600, keepAlive: 300 });
    const raw = await stays(alice);
    const busy = await stays(alice);
    const asking = setInterval(() => busy.request(MESSAGE.REALPATH, string('.')), 100);
    await raw.closed;
    clearInterval(asking);
    expect(raw.stderr).toContain('idle for too long');
    expect(refused('idle')).toBe(1);
    expect((await busy.ask(MESSAGE.REALPATH, string('.'))).type).toBe(MESSAGE.NAME);
  });
});

test('handles are limited in a session, and in all sessions of an account', async () => {
  const alice = await open({ handles: 3, handlesPerAccount: 4 });
  const one = await stays(alice);
  const two = await stays(alice);
  const handles = [];
  for (let i = 0; i < 3; i++) handles.push(await one.open(`one-${i}`));
  await expect(one.open('one-3')).rejects.toThrow('too many');
  const last = await two.open('two-0');
  await expect(two.open('two-1')).rejects.toThrow('too many');
  expect([refused('handles'), refused('handlesPerAccount'), used('handlesPerAccount')]).toEqual([1, 1, 4]);
  await two.close(last);
  await two.open('two-1');
  one.client.end();
  await one.closed;
  await eventually('what a session had open is closed with it', async () => used('handlesPerAccount') === 1);
});

test('100,000 OPENs leave no more open than may be, and every one is answered', async () => {
  const alice = await open({ handles: 10 });
  const raw = await stays(alice);
  const count = 100_000;
  for (let sent = 0; sent < count; sent += 1000) {
    for (let i = 0; i < 1000; i++) raw.request(MESSAGE.OPEN, string(`${i % 50}`), uint32(0x1a), uint32(0));
    await raw.next(() => (raw.replies.length > sent + 1000 ? true : undefined));
  }
  expect(raw.replies.filter(({ type }) => type === MESSAGE.HANDLE).length).toBeLessThanOrEqual(10);
  expect(raw.replies.filter(({ type }) => type !== MESSAGE.VERSION)).toHaveLength(count);
  expect(used('handlesPerAccount')).toBeLessThanOrEqual(10);
});

test('a packet is as long as the site says, which clients are told', async () => {
  const packet = 40_000;
  const alice = await open({ packet });
  const raw = await stays(alice);
  const { body } = await raw.ask(MESSAGE.EXTENDED, string('limits@openssh.com'));
  expect(Number(body.readBigUInt64BE(0))).toBe(packet);
  expect(Number(body.readBigUInt64BE(16))).toBeLessThan(packet);
  raw.sendBytes(uint32(packet + 1));
  await raw.closed;
  expect(raw.stderr).toContain(`it has 5 to ${packet}`);
  expect(refused('packet')).toBe(1);
});

test('a path is as long, and as deep, as the site says', async () => {
  const alice = await open({ path: 300, depth: 4 });
  const raw = await stays(alice);
  const mkdir = async (path: string) => {
    const { code, message } = await raw.ask(MESSAGE.MKDIR, string(path), uint32(0));
    return code === STATUS.OK ? 'made' : message;
  };
  expect(await mkdir('a')).toBe('made');
  expect(await mkdir('a/b')).toBe('made');
  expect(await mkdir('a/b/c')).toBe('made');
  expect(await mkdir('a/b/c/d')).toContain('nest at most 4 deep');
  expect(await mkdir('../'.repeat(101))).toContain('at most 300 bytes');
  expect([refused('path'), refused('depth')]).toEqual([1, 1]);
});

test('who fails too often on a connection is told so', async () => {
  const alice = await open({ attempts: 2 });
  await expect(connectSsh(theDoor(), alice, { password: 'wrong' })).rejects.toThrow(
    /authentication methods failed/,
  );
  const options = sshOptions(theDoor(), alice, { LogLevel: 'INFO', PubkeyAuthentication: 'no' });
  const askpass = { SSH_ASKPASS: '/bin/true', SSH_ASKPASS_REQUIRE: 'force' };
  const { err } = await run('sftp', [...options, 'alice@127.0.0.1'], { input: 'pwd\n', env: askpass });
  expect(err).toContain('Too many sign-ins failed on this connection');
  expect(refused('attempts')).toBeGreaterThan(0);
});
