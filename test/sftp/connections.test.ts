import { createConnection, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_PASSWORD_WORK, PasswordWork } from '../../src/core/accounts/password-work.ts';
import { MESSAGE } from '../../src/doors/sftp/wire/message-types.ts';
import { run, sshOptions } from './openssh.ts';
import { type OutsideDoor, openOutsideDoor, PASSWORD, type Person } from './outside-door.ts';
import { connectSsh, RawClient, string } from './raw-client.ts';

let door: OutsideDoor;
let alice: Person;

/** One that has no patience, for those who never sign in. */
let strict: OutsideDoor;

beforeAll(async () => {
  door = await openOutsideDoor({ limits: { channels: 3, keepAlive: 300 } });
  strict = await openOutsideDoor({ limits: { handshake: 400, signIn: 900, waitingPerSource: 4 } });
  alice = await door.addPerson('alice');
});

afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
});

/** Connects and resolves, at the end of the connection, with how long it was there and what came. */
function knock(
  say: (socket: Socket) => void = () => undefined,
  at = door,
): Promise<{ readonly ms: number; readonly heard: string }> {
  const begun = performance.now();
  const socket = createConnection(at.door.port, '127.0.0.1', () => say(socket));
  let heard = '';
  socket.on('data', (data) => (heard += data.toString('latin1')));
  socket.on('error', () => undefined);
  return new Promise((resolve) =>
    socket.on('close', () => resolve({ ms: performance.now() - begun, heard })),
  );
}

/** Somebody else can come in. */
async function expectOpen(): Promise<void> {
  const client = await connectSsh(door, alice);
  expect(door.door.sessions()).toBeGreaterThan(0);
  client.end();
}

test('a silent connection is closed after the limit', async () => {
  const { ms, heard } = await knock(undefined, strict);
  expect(heard).toBe('SSH-2.0-Havengate\r\n');
  expect(ms).toBeGreaterThan(350);
  expect(ms).toBeLessThan(5000);
});

test('a connection that says something but does not sign in is closed too', async () => {
  const { ms } = await knock((socket) => {
    socket.write('SSH-2.0-slow\r\n');
    const drip = setInterval(() => socket.write('x'), 50);
    socket.on('close', () => clearInterval(drip));
  }, strict);
  expect(ms).toBeLessThan(5000);
});

test.each([
  ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['garbage', '\u0000\u0001\u0002'.repeat(5000)],
  ['endless lines', 'a\n'.repeat(100_000)],
  ['an old SSH', 'SSH-1.5-old\r\n'],
  ['SSH and then garbage', `SSH-2.0-x\r\n${'\u00ff'.repeat(70_000)}`],
])('%s on the port is shut out, and the door stays open', async (_, bytes) => {
  const { ms } = await knock((socket) => socket.write(Buffer.from(bytes, 'latin1')));
  expect(ms).toBeLessThan(5000);
  await expectOpen();
});

test('one address has so many connections that have not signed in, and no more; the others are told', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => knock(undefined, strict)));
  const turnedAway = all.filter(({ heard }) => heard.includes('Too many connections are waiting'));
  expect(turnedAway).toHaveLength(6);
  const use = strict.door.limits().find(({ limit }) => limit === 'waitingPerSource');
  expect(use).toMatchObject({ most: 4, refused: 6 });
});

test('what asks for channels and forwarding before signing in gets neither', async () => {
  const client = new ssh2.Client();
  client.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => client.on('close', resolve));
  client.connect({
    host: '127.0.0.1',
    port: door.door.port,
    username: 'alice',
    authHandler: () => undefined,
  });
  await new Promise((resolve) => client.once('handshake', resolve));
  const asks: ((done: (error: Error | undefined) => void) => void)[] = [
    (done) => client.exec('id', done),
    (done) => client.subsys('sftp', done),
    (done) => client.forwardOut('127.0.0.1', 1, '127.0.0.1', 22, done),
  ];
  for (const ask of asks) {
    const outcome = await Promise.race([
      new Promise((resolve) => ask((error) => resolve(error === undefined ? 'open' : 'refused'))),
      ended.then(() => 'refused'),
    ]);
    expect(outcome).toBe('refused');
  }
  expect(door.door.sessions()).toBe(0);
  client.destroy();
  await ended;
  await expectOpen();
});

test('connections that are dropped in the middle of the handshake do no harm', async () => {
  let dropped = 0;
  for (let after = 0; after < 1600; after += 200) {
    let passed = 0;
    const socket = createConnection(door.door.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      passed += data.length;
      if (passed > after) socket.resetAndDestroy();
    });
    socket.write('SSH-2.0-OpenSSH_9.2\r\n');
    setTimeout(() => socket.resetAndDestroy(), 30);
    await new Promise((resolve) => socket.on('close', resolve));
    dropped++;
  }
  expect(dropped).toBe(8);
  await expectOpen();
});

test('a connection has so many channels, and no more; a channel that is closed makes room', async () => {
  const raw = await RawClient.connect(door, alice);
  const subsystem = (): Promise<string> =>
    new Promise((resolve) => {
      raw.client.subsys('sftp', (error) => resolve(error === undefined ? 'open' : 'refused'));
    });
  expect([await subsystem(), await subsystem(), await subsystem()]).toEqual(['open', 'open', 'refused']);
  raw.channel.end();
  await raw.closed;
  await expect.poll(subsystem).toBe('open');
  raw.client.end();
});

test('the channel is closed, with exit status 0, when the client has said its last', async () => {
  const raw = await RawClient.connect(door, alice);
  const id = raw.request(MESSAGE.REALPATH, string('.'));
  raw.channel.end();
  expect((await raw.reply(id)).type).toBe(MESSAGE.NAME);
  await raw.closed;
  expect(raw.exitStatus).toBe(0);
});

test('a client that has gone silent without a word is noticed, and its upload is free again', async () => {
  const raw = await RawClient.connect(door, alice);
  const handle = await raw.open('silent.bin');
  await raw.write(handle, 0, 'said');
  // The connection stays, and nothing comes from it any more.
  (raw.client as unknown as { _sock: Socket })._sock.pause();
  await expect.poll(async () => (await door.file(alice, 'silent.bin'))?.size, { timeout: 10_000 }).toBe(4);
  const next = await RawClient.connect(door, alice);
  await next.close(await next.open('silent.bin', 0x02));
  next.client.end();
  raw.cut();
});

test('a client that is only idle stays', async () => {
  const raw = await RawClient.connect(door, alice);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect((await raw.ask(MESSAGE.REALPATH, string('.'))).type).toBe(MESSAGE.NAME);
  raw.client.end();
});

test('only algorithms without a known weakness are offered', async () => {
  const attempt = (options: string): ReturnType<typeof run> =>
    run('ssh', [
      ...sshOptions(door, alice, { LogLevel: 'INFO' }),
      ...options.split(' ').flatMap((option) => ['-o', option]),
      '-T',
      'alice@127.0.0.1',
    ]);
  for (const weak of [
    'Ciphers=aes128-cbc',
    'Ciphers=aes128-ctr MACs=hmac-sha1',
    'KexAlgorithms=diffie-hellman-group14-sha256',
  ]) {
    expect((await attempt(weak)).err, weak).toContain('no matching');
  }
  for (const good of [
    'Ciphers=chacha20-poly1305@openssh.com',
    'Ciphers=aes256-gcm@openssh.com',
    'Ciphers=aes256-ctr',
  ]) {
    expect((await attempt(good)).err, good).toContain('there is no shell here');
  }
});

test('a door that stops waits for what is decided on a sign-in, so that the ledger can be closed after it', async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<boolean>();
  const passwords = new PasswordWork(DEFAULT_PASSWORD_WORK, () => {
    begun.resolve();
    return finish.promise;
  });
  const slow = await openOutsideDoor({ passwords });
  const bob = await slow.addPerson('bob');
  const signingIn = connectSsh(slow, null, { username: bob.name, password: PASSWORD }).catch(() => null);
  await begun.promise;
  let isStopped = false;
  const stopped = slow.door.stop(100).then(() => {
    isStopped = true;
  });
  await signingIn;
  expect(isStopped).toBe(false);
  finish.resolve(true);
  await stopped;
  await slow[Symbol.asyncDispose]();
  expect(slow.logged.filter(({ level }) => level === 'error')).toEqual([]);
});
