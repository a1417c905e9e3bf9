import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import ssh2, { type AuthenticationType, type ConnectConfig } from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import { setAccountStatus } from '../../src/core/accounts/change-account.ts';
import { addSshKey } from '../../src/core/accounts/change-keys.ts';
import { makeEmergencyCode } from '../../src/core/accounts/emergency-code.ts';
import { sealPin } from '../../src/core/accounts/pin.ts';
import type { SignInPolicy } from '../../src/core/accounts/sign-in-policy.ts';
import { MESSAGE } from '../../src/doors/sftp/wire/message-types.ts';
import { type Ended, run, sshOptions } from './openssh.ts';
import { type OutsideDoor, openOutsideDoor, PASSWORD, type Person } from './outside-door.ts';
import { RawClient, string } from './raw-client.ts';
import { comesInBy, typing } from './typed-sign-in.ts';

let door: OutsideDoor;

afterEach(async () => door[Symbol.asyncDispose]());

const TWO_FACTORS: SignInPolicy = [['publickey'], ['password', 'token']];

async function open(policy: SignInPolicy, totp = false): Promise<Person> {
  door = await openOutsideDoor({ policy });
  return door.addPerson('alice', { totp });
}

/** Runs OpenSSH's `sftp` without a key; what it asks for is answered by the first word that the prompt contains. */
function typedSftp(person: Person, answers: Readonly<Record<string, string>>): Promise<Ended> {
  const askpass = join(door.folder, 'askpass');
  const cases = Object.entries(answers).map(([word, answer]) => `*${word}*) echo '${answer}';;`);
  writeFileSync(askpass, `#!/bin/sh\ncase "$1" in ${cases.join(' ')} esac\n`, { mode: 0o700 });
  const options = sshOptions(door, person, {
    LogLevel: 'INFO',
    PubkeyAuthentication: 'no',
    NumberOfPasswordPrompts: '1',
  });
  return run('sftp', [...options, `${person.name}@127.0.0.1`], {
    input: 'pwd\n',
    env: { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
  });
}

const comesIn = (person: Person, config: ConnectConfig) => comesInBy(door, person, config);

describe('with a password or a key', () => {
  test('the right password opens and a wrong one does not', async () => {
    const alice = await open([['publickey'], ['password']]);
    expect(await comesIn(alice, { password: PASSWORD })).toBe(true);
    expect(await comesIn(alice, { password: `${PASSWORD}!` })).toBe(false);
    expect(await comesIn({ ...alice, name: 'nobody' }, { password: PASSWORD })).toBe(false);
  });

  test('OpenSSH is told which methods there are, and nothing else, when the password is wrong', async () => {
    const alice = await open([['publickey'], ['password']]);
    const { code, err } = await typedSftp(alice, { assword: 'wrong password' });
    expect(code).not.toBe(0);
    expect(err).toContain('Permission denied (publickey,keyboard-interactive,password)');
  });

  test('the key opens, another key does not', async () => {
    const alice = await open([['publickey'], ['password']]);
    const other = ssh2.utils.generateKeyPairSync('ed25519').private;
    expect(await comesIn(alice, { privateKey: alice.key })).toBe(true);
    expect(await comesIn(alice, { privateKey: other })).toBe(false);
  });

  test('an RSA key opens with SHA-2, and not with SHA-1', async () => {
    const alice = await open([['publickey']]);
    const pair = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
    const { ledger, clock } = door.intake;
    await addSshKey({ ledger, clock }, { kind: 'console' }, 'alice', pair.public);
    const withAlgorithm = (PubkeyAcceptedAlgorithms: string): Promise<Ended> => {
      const options = sshOptions(door, { ...alice, key: pair.private }, { PubkeyAcceptedAlgorithms });
      return run('sftp', [...options, '-b', '-', 'alice@127.0.0.1'], { input: 'pwd\n' });
    };
    expect(await withAlgorithm('rsa-sha2-256')).toMatchObject({ code: 0 });
    expect(await withAlgorithm('rsa-sha2-512,rsa-sha2-256')).toMatchObject({ code: 0 });
    expect((await withAlgorithm('ssh-rsa')).code).not.toBe(0);
  });

  test.each([256, 384, 521])('an ECDSA key of %i bits opens, once it is added', async (bits) => {
    const alice = await open([['publickey']]);
    const pair = ssh2.utils.generateKeyPairSync('ecdsa', { bits: bits as 256 });
    expect(await comesIn(alice, { privateKey: pair.private })).toBe(false);
    const { ledger, clock } = door.intake;
    expect(await addSshKey({ ledger, clock }, { kind: 'console' }, 'alice', pair.public)).toMatchObject({
      ok: true,
    });
    expect(await comesIn(alice, { privateKey: pair.private })).toBe(true);
  });

  test('a query about a public key proves nothing: it lets nobody in, and is not a partial success', async () => {
    for (const policy of [[['publickey']], [['publickey', 'password']]] as const) {
      const alice = await open(policy);
      const publicKey = ssh2.utils.parseKey(alice.publicKey);
      if (publicKey instanceof Error) throw publicKey;
      const seen: unknown[] = [];
      // Knows the public key and not the private one: every signature it makes is rubbish.
      const thief = new (class extends ssh2.BaseAgent {
        override getIdentities(done: (error?: Error, keys?: ssh2.ParsedKey[]) => void): void {
          done(undefined, [publicKey]);
        }
        override sign(_key: unknown, _data: Buffer, options: unknown, done?: unknown): void {
          const answer = (typeof options === 'function' ? options : done) as (
            e: undefined,
            s: Buffer,
          ) => void;
          seen.push('asked to sign');
          answer(undefined, Buffer.alloc(64, 1));
        }
      })();
      expect(await comesIn(alice, { agent: thief, password: PASSWORD })).toBe(false);
      expect(seen).toEqual(['asked to sign']);
      expect(door.logged.map(({ event }) => event)).toContain('sign-in-signature-wrong');
      if (policy[0].length === 1) await door[Symbol.asyncDispose]();
    }
  });

  test('a disabled account does not get in, and a session of it is ended at once', async () => {
    const alice = await open([['publickey'], ['password']]);
    const raw = await RawClient.connect(door, alice);
    const handle = await raw.open('half.csv');
    await raw.write(handle, 0, 'half');
    const { ledger, clock } = door.intake;
    await setAccountStatus({ ledger, clock }, { kind: 'console' }, 'alice', 'disabled');
    expect((await raw.ask(MESSAGE.MKDIR, string('x'))).message).toContain('your account has been disabled');
    await raw.closed;
    expect(raw.stderr).toContain('Your account has been disabled');
    expect(await comesIn(alice, { password: PASSWORD })).toBe(false);
    expect(await door.file(alice, 'half.csv')).toMatchObject({ state: 'receiving', size: 4 });
  });
});

describe('with a password and a token', () => {
  test('keyboard-interactive asks for both together', async () => {
    const alice = await open(TWO_FACTORS, true);
    const answers = { 'Password: ': PASSWORD, 'Token: ': alice.code() };
    const { config, asked } = typing(alice, answers, ['none', 'keyboard-interactive']);
    expect(await comesIn(alice, config)).toBe(true);
    expect(asked).toEqual([['Password: ', 'Token: ']]);
  });

  test('the password method is a partial success, and the token follows', async () => {
    const alice = await open(TWO_FACTORS, true);
    const answers = { 'Password: ': PASSWORD, 'Token: ': alice.code() };
    const { config, asked } = typing(alice, answers, ['none', 'password', 'keyboard-interactive']);
    expect(await comesIn(alice, config)).toBe(true);
    expect(asked).toEqual([['Token: ']]);
  });

  test.each<[string, Record<string, string>, AuthenticationType[]]>([
    ['a password alone', { 'Password: ': PASSWORD }, ['none', 'password', 'password', 'password']],
    ['a wrong token', { 'Password: ': PASSWORD, 'Token: ': '000000' }, ['none', 'keyboard-interactive']],
    ['a wrong password', { 'Password: ': 'wrong', 'Token: ': 'CODE' }, ['none', 'keyboard-interactive']],
    ['no answers', {}, ['none', 'keyboard-interactive']],
  ])('%s does not open', async (_, answers, methods) => {
    const alice = await open(TWO_FACTORS, true);
    const typed = { ...answers, ...(answers['Token: '] === 'CODE' && { 'Token: ': alice.code() }) };
    expect(await comesIn(alice, typing(alice, typed, methods).config)).toBe(false);
  });

  test('OpenSSH asks for both, and comes in', async () => {
    const alice = await open(TWO_FACTORS, true);
    const { code, out } = await typedSftp(alice, { assword: PASSWORD, oken: alice.code() });
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining('Remote working directory: /arrivals'),
    });
  });

  test('a code opens once', async () => {
    const alice = await open(TWO_FACTORS, true);
    const answers = { 'Password: ': PASSWORD, 'Token: ': alice.code() };
    const again = (): ConnectConfig => typing(alice, answers, ['none', 'keyboard-interactive']).config;
    expect(await comesIn(alice, again())).toBe(true);
    expect(await comesIn(alice, again())).toBe(false);
  });
});

describe('in the place of a code', () => {
  const words = (code: string) => ({ 'Password: ': PASSWORD, 'Token: ': code });
  const typed = (alice: Person, code: string) =>
    comesIn(alice, typing(alice, words(code), ['none', 'keyboard-interactive']).config);

  test('an emergency code is taken for the token once, whatever door it is brought to', async () => {
    const alice = await open(TWO_FACTORS, true);
    const made = await makeEmergencyCode(door.signIns, { kind: 'console' }, alice.id, '127.0.0.1');
    if (!made.ok) throw new Error(made.refusal);
    const { code } = made.value;
    expect(await typed(alice, `${code.slice(0, 7)}${(Number(code[7]) + 1) % 10}`)).toBe(false);
    const tries = await Promise.all([typed(alice, code), typed(alice, code), typed(alice, code)]);
    expect(tries.filter((isIn) => isIn)).toHaveLength(1);
    expect(await typed(alice, code)).toBe(false);
  });

  test('the PIN of a soft token is typed right before its code, and both have to be right', async () => {
    const alice = await open(TWO_FACTORS, true);
    const pinSealed = await sealPin(door.signIns.box, alice.id, '4711');
    const { totpSealed } = (await door.intake.ledger.credentialsOf(alice.id)) ?? {};
    if (totpSealed === undefined) throw new Error('there is no soft token');
    const event = { type: 'totp-enrolled', subjects: { account: alice.id } } as const;
    const audit = { at: Date.now(), actor: { kind: 'console' }, event } as const;
    await door.intake.ledger.changeCredentials(alice.id, { totpSealed, pinSealed }, [audit]);
    expect(await typed(alice, alice.code())).toBe(false);
    expect(await typed(alice, `4712${alice.code()}`)).toBe(false);
    expect(await typed(alice, `4711${alice.code()}`)).toBe(true);
    expect(await typed(alice, `4711${alice.code()}`)).toBe(false);
  });
});

describe('with a key and a token', () => {
  const policy: SignInPolicy = [['publickey', 'token']];

  /** Tries these methods one after the other, whatever the server says can go on. */
  function stubborn(
    alice: Person,
    methods: AuthenticationType[],
    answers: Record<string, string>,
  ): ConnectConfig {
    const { config } = typing(alice, answers, methods);
    const { authHandler } = config;
    if (typeof authHandler !== 'function') throw new Error('nothing is typed');
    return {
      ...config,
      privateKey: alice.key,
      authHandler: (_left, ...rest) => authHandler(null as never, ...rest),
    };
  }

  test('the key is a partial success, and only then the token is asked for', async () => {
    const alice = await open(policy, true);
    const { config, asked } = typing(alice, { 'Token: ': alice.code() }, [
      'none',
      'publickey',
      'keyboard-interactive',
    ]);
    expect(await comesIn(alice, { ...config, privateKey: alice.key })).toBe(true);
    expect(asked).toEqual([['Token: ']]);
  });

  test.each<[string, AuthenticationType[]]>([
    ['the key alone', ['none', 'publickey']],
    ['the key again and again', ['none', 'publickey', 'publickey', 'publickey']],
    ['the token alone', ['none', 'keyboard-interactive']],
    ['the token before the key', ['none', 'keyboard-interactive', 'publickey']],
    ['a password after the key', ['none', 'publickey', 'password']],
  ])('%s does not open', async (_, methods) => {
    const alice = await open(policy, true);
    const answers = { 'Token: ': alice.code(), 'Password: ': PASSWORD };
    expect(await comesIn(alice, stubborn(alice, methods, answers))).toBe(false);
    expect(door.door.sessions()).toBe(0);
  });
});

test('one connection gets four attempts', async () => {
  const alice = await open([['password']]);
  const client = new ssh2.Client();
  let tried = 0;
  const ended = new Promise<void>((resolve) => client.on('close', resolve));
  client.on('error', () => undefined);
  client.connect({
    host: '127.0.0.1',
    port: door.door.port,
    username: alice.name,
    authHandler: (_left, _partial, next) => {
      if (tried === 500) return next(false as never);
      return next({ type: 'password', username: alice.name, password: `guess ${tried++}` });
    },
  });
  await ended;
  expect(tried).toBeLessThanOrEqual(5);
  await door.signIns.guard.beat();
  await door.signIns.guard.beat();
  const refused = (await door.intake.ledger.readAudit(0, 1000)).filter(({ entry }) =>
    entry.includes('sign-in-refused'),
  );
  expect(refused).toHaveLength(4);
});

test('an exception while signing in means denied', async () => {
  const alice = await open([['publickey'], ['password']]);
  Object.assign(door.intake.ledger, { credentialsOf: () => Promise.reject(new Error('the ledger is away')) });
  expect(await comesIn(alice, { password: PASSWORD })).toBe(false);
  expect(await comesIn(alice, { privateKey: alice.key })).toBe(false);
  expect(door.logged.map(({ event }) => event)).toContain('sign-in-failed');
});

test('what talks SSH before signing in is answered by nothing but the end', async () => {
  await open([['password']]);
  const socket = createConnection(door.door.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => undefined);
  let said = '';
  socket.on('data', (data) => (said += data.toString('latin1')));
  // A packet of type CHANNEL_OPEN, in the clear, before any key exchange.
  socket.write('SSH-2.0-test\r\n');
  socket.write(Buffer.concat([Buffer.from([0, 0, 0, 12, 4, 90]), Buffer.from('session'), Buffer.alloc(4)]));
  await closed;
  expect(said).toMatch(/^SSH-2\.0-Havengate\r\n/);
});
