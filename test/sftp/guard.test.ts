import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { ConnectConfig } from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import type { GuardPolicy } from '../../src/core/accounts/guard/guard-policy.ts';
import { verifyPassword } from '../../src/core/accounts/password.ts';
import { PasswordWork } from '../../src/core/accounts/password-work.ts';
import { beginSignIn, giveProof, type SignInStep } from '../../src/core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../src/core/accounts/sign-in-policy.ts';
import { MINUTE } from '../../src/core/kit/clock.ts';
import { openThreadedLedger } from '../../src/stores/ledger/threaded-ledger.ts';
import { recordingLog } from '../jobs/recording-log.ts';
import { guardedSignIns } from '../support/sign-ins.ts';
import { eventually } from '../support/wait.ts';
import { type Ended, run, sshOptions } from './openssh.ts';
import { type OutsideDoor, openOutsideDoor, PASSWORD, type Person } from './outside-door.ts';
import { connectTo } from './raw-client.ts';

let door: OutsideDoor;
let clock: { ahead: number; now(): number; monotonic(): number };

afterEach(async () => door[Symbol.asyncDispose]());

interface Options {
  readonly guard?: Partial<GuardPolicy>;
  readonly policy?: SignInPolicy;
  readonly passwords?: PasswordWork;
}

/** A door that exempts nobody: the addresses of this machine stand for the world. */
async function open({ guard = {}, ...more }: Options = {}): Promise<Person> {
  clock = {
    ahead: 0,
    now: () => Date.now() + clock.ahead,
    monotonic: () => performance.now() + clock.ahead,
  };
  door = await openOutsideDoor({ clock, guard: { never: [], ...guard }, limits: { attempts: 50 }, ...more });
  return door.addPerson('alice');
}

/** Signs in from one of this machine's addresses; what became of it. */
async function comesFrom(localAddress: string, config: ConnectConfig): Promise<string> {
  const { port } = door.door;
  try {
    const client = await connectTo({ host: '127.0.0.1', port, localAddress, username: 'alice', ...config });
    client.end();
    return 'in';
  } catch (error) {
    return error instanceof Error ? error.message : 'refused';
  }
}

/** Guesses so many passwords, on one connection after the other. */
async function guess(localAddress: string, username: string, times: number, about = ''): Promise<void> {
  const { port } = door.door;
  for (let i = 0; i < times; i++) {
    const password = `guess ${localAddress} ${about}${i}`;
    await connectTo({ host: '127.0.0.1', port, localAddress, username, password }).catch(() => undefined);
  }
}

/** OpenSSH's own client, by key, from an address. */
function openSsh(person: Person, address: string): Promise<Ended> {
  const options = sshOptions(door, person, { LogLevel: 'INFO', BindAddress: address });
  return run('sftp', [...options, '-b', '-', `${person.name}@127.0.0.1`], { input: 'pwd\n' });
}

/** OpenSSH's own client, by a password that is typed. */
function typedSftp(address: string, password: string): Promise<Ended> {
  const askpass = join(door.folder, 'askpass');
  writeFileSync(askpass, `#!/bin/sh\necho '${password}'\n`, { mode: 0o700 });
  const options = ['LogLevel=INFO', 'PubkeyAuthentication=no', 'NumberOfPasswordPrompts=1'];
  const hosts = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${join(door.folder, 'hosts')}`];
  const all = [...options, ...hosts, `BindAddress=${address}`].flatMap((option) => ['-o', option]);
  return run('sftp', ['-P', String(door.door.port), ...all, 'alice@127.0.0.1'], {
    input: 'pwd\n',
    env: { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
  });
}

describe('a source that guesses', () => {
  test('is turned away before any handshake, in words, for a while; other sources are not', async () => {
    const alice = await open({ guard: { source: 5 } });
    await guess('127.0.0.66', 'root', 5);
    const { code, err } = await openSsh(alice, '127.0.0.66');
    expect(code).not.toBe(0);
    expect(err).toContain(
      'Too many sign-ins have failed, of this name or from your address. Try again in a minute.',
    );
    const raw = createConnection({ port: door.door.port, host: '127.0.0.1', localAddress: '127.0.0.66' });
    let said = '';
    raw.on('data', (data) => (said += data.toString('latin1')));
    await new Promise((resolve) => raw.on('close', resolve));
    expect(said).toContain('Try again');
    expect(said).not.toContain('curve25519');
    expect(await comesFrom('127.0.0.67', { password: PASSWORD })).toBe('in');
    clock.ahead += MINUTE;
    expect((await openSsh(alice, '127.0.0.66')).code).toBe(0);
  });

  test('is in the audit once, with the end of its ban, and so is everybody it tried to be', async () => {
    await open({ guard: { source: 5 } });
    await guess('127.0.0.66', 'alice', 8);
    await eventually('the ban is written down', async () => (await audited('source-banned')).length > 0);
    expect(await audited('source-banned')).toHaveLength(1);
    expect(await audited('sign-in-refused')).toHaveLength(5);
  });

  test.each([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['SSH and then garbage', `SSH-2.0-x\r\n${'\u00ff'.repeat(100)}`],
    ['nothing', ''],
  ])('may send %s instead, and is banned for it', async (_, bytes) => {
    await open({ guard: { source: 2 } });
    for (let i = 0; i < 30 && door.signIns.guard.welcome('127.0.0.66').kind === 'open'; i++) {
      const socket = createConnection({
        port: door.door.port,
        host: '127.0.0.1',
        localAddress: '127.0.0.66',
      });
      socket.on('error', () => undefined);
      socket.end(Buffer.from(bytes, 'latin1'));
      socket.resume();
      await new Promise((resolve) => socket.on('close', resolve));
    }
    await expect
      .poll(() => door.signIns.guard.welcome('127.0.0.66').kind, { timeout: 20_000 })
      .toBe('banned');
  });
});

describe('somebody who has signed in from somewhere', () => {
  test('gets in there by password and by key, though strangers from everywhere guess at them', async () => {
    const alice = await open({ guard: { account: 6, source: 4 } });
    expect(await comesFrom('127.0.0.2', { password: PASSWORD })).toBe('in');
    for (const source of ['127.0.0.66', '127.0.0.67', '127.0.0.68']) await guess(source, 'alice', 5);
    expect(await comesFrom('127.0.0.2', { password: PASSWORD })).toBe('in');
    expect(await comesFrom('127.0.0.2', { privateKey: alice.key })).toBe('in');
    // From elsewhere a password is held back, in words, and a key, which nobody guesses, is not.
    expect((await typedSftp('127.0.0.3', PASSWORD)).err).toContain('Too many sign-ins have failed');
    expect(await comesFrom('127.0.0.3', { privateKey: alice.key })).toBe('in');
    expect(await comesFrom('127.0.0.3', { password: PASSWORD })).toBe('in');
  });

  test('gets in behind an address that is banned for what others do there, and newcomers do not', async () => {
    await open({ guard: { source: 5 } });
    await door.addPerson('bob');
    expect(await comesFrom('127.0.0.2', { password: PASSWORD })).toBe('in');
    await guess('127.0.0.2', 'root', 6);
    expect(door.signIns.guard.welcome('127.0.0.2').kind).toBe('known-only');
    expect(await comesFrom('127.0.0.2', { password: PASSWORD })).toBe('in');
    expect(await comesFrom('127.0.0.2', { username: 'bob', password: PASSWORD })).not.toBe('in');
    expect(await comesFrom('127.0.0.4', { username: 'bob', password: PASSWORD })).toBe('in');
  });
});

/** Looks at passwords as ever, and counts. */
function countingWork(atOnce = 2) {
  const count = { hashes: 0, running: 0, most: 0 };
  const passwords = new PasswordWork({ atOnce, waiting: 256 }, async (password, phc) => {
    count.hashes++;
    count.most = Math.max(count.most, ++count.running);
    try {
      return await verifyPassword(password, phc);
    } finally {
      count.running--;
    }
  });
  return { passwords, count };
}

describe('the work', () => {
  test('of a wrong password is the same for every name, and for none when it is held back', async () => {
    const { passwords, count } = countingWork();
    await open({ passwords, guard: { pair: 3, source: 100 } });
    const hashes: Record<string, readonly number[]> = {};
    for (const username of ['alice', 'nobody', 'No Name!']) {
      const each: number[] = [];
      for (let i = 0; i < 5; i++) {
        const before = count.hashes;
        await guess(`127.0.0.${70 + i}`, username, 1);
        each.push(count.hashes - before);
      }
      for (let i = 0; i < 5; i++) {
        const before = count.hashes;
        await comesFrom('127.0.0.66', { username, password: `wrong ${i}` });
        each.push(count.hashes - before);
      }
      hashes[username] = each;
    }
    expect(hashes['alice']).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(hashes['nobody']).toEqual(hashes['alice']);
    expect(hashes['No Name!']).toEqual(hashes['alice']);
  });

  test('of 200 sign-ins at once is done two at a time, and all get in', async () => {
    const { passwords, count } = countingWork();
    await open({ passwords });
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        comesFrom(`127.0.0.${2 + (i % 8)}`, { password: PASSWORD, readyTimeout: 110_000 }),
      ),
    );
    expect(all.filter((one) => one !== 'in')).toEqual([]);
    expect([count.hashes, count.most]).toEqual([200, 2]);
  });

  test('of 500 passwords from one place is little: most of them are not looked at', async () => {
    const { passwords, count } = countingWork();
    await open({ passwords, policy: [['password']] });
    await Promise.all(Array.from({ length: 10 }, (_, i) => guess('127.0.0.66', 'alice', 50, `${i} `)));
    // Ten points for the name from there, and what was being looked at at the same time.
    expect(count.hashes).toBeLessThan(20);
    await door.addPerson('bob');
    expect(await comesFrom('127.0.0.67', { username: 'bob', password: PASSWORD })).toBe('in');
  });
});

describe('a code', () => {
  const policy: SignInPolicy = [['password', 'token']];

  async function signIn(signIns: OutsideDoor['signIns'], source: string, code: string): Promise<string> {
    const entrance = { side: 'outside', door: 'portal', source } as const;
    const first = await giveProof(signIns, beginSignIn(entrance, policy, 'alice'), {
      kind: 'password',
      password: PASSWORD,
    });
    const step: SignInStep =
      first.outcome === 'more' ? await giveProof(signIns, first.attempt, { kind: 'token', code }) : first;
    return step.outcome;
  }

  test('opens once, whether it comes by two doors or two processes, many times at once', async () => {
    await open({ policy });
    const alice = await door.addPerson('carol', { totp: true });
    const other = await openThreadedLedger({ file: `${door.folder}/ledger.sqlite` });
    const { box } = door.signIns;
    const second = await guardedSignIns({ ledger: other, clock, box, log: recordingLog() });
    const code = alice.code();
    const entrance = { side: 'outside', door: 'sftp', source: '127.0.0.1' } as const;
    const all = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const signIns = i % 2 === 0 ? door.signIns : second.signIns;
        const first = await giveProof(signIns, beginSignIn(entrance, policy, 'carol'), {
          kind: 'password',
          password: PASSWORD,
        });
        if (first.outcome !== 'more') return first.outcome;
        return (await giveProof(signIns, first.attempt, { kind: 'token', code })).outcome;
      }),
    );
    await second.stop();
    await other.close();
    expect(all.filter((outcome) => outcome === 'granted')).toHaveLength(1);
    expect(all.filter((outcome) => outcome === 'denied')).toHaveLength(9);
  });

  test.each([
    [-2, 'denied'],
    [-1, 'granted'],
    [0, 'granted'],
    [1, 'granted'],
    [2, 'denied'],
  ] as const)('of %i steps from now is %s', async (steps, outcome) => {
    clock = { ahead: 0, now: () => Date.now(), monotonic: () => performance.now() };
    // In the middle of a step, so that it is the same one for a while.
    const middle = Math.floor(Date.now() / 30_000) * 30_000 + 15_000;
    const still = { now: () => middle, monotonic: () => performance.now() };
    door = await openOutsideDoor({ clock: still, policy });
    const alice = await door.addPerson('alice', { totp: true });
    const drift = Math.floor(Date.now() / 30_000) - Math.floor(middle / 30_000);
    expect(await signIn(door.signIns, '127.0.0.1', alice.code(steps - drift))).toBe(outcome);
  });
});

async function audited(wanted: string): Promise<readonly unknown[]> {
  const rows = await door.intake.ledger.readAudit(0, 1000);
  const entries = rows.map(({ entry }) => JSON.parse(entry) as { type: string; data: unknown });
  return entries.filter(({ type }) => type === wanted);
}
