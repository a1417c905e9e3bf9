import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import ssh2, { type Client } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MESSAGE } from '../../../src/doors/sftp/wire/message-types.ts';
import { type OutsideDoor, openOutsideDoor, PASSWORD, type Person, takeErrors } from '../outside-door.ts';
import { connectSsh, RawClient, string } from '../raw-client.ts';
import { FUZZ_TIMEOUT, forSeconds } from './fuzz-budget.ts';
import {
  anyGreeting,
  anyMessages,
  channelMessages,
  frame,
  kexInit,
  kexShare,
  plainPacket,
} from './ssh-messages.ts';

/** What of ssh2's client is used to send what it would never send. */
interface Insides {
  readonly _sock: Socket;
  readonly _protocol: {
    readonly _cipher: { encrypt(packet: Buffer): void };
    readonly _packetRW: {
      readonly write: {
        readonly allocStart: number;
        alloc(length: number): Buffer;
        finalize(packet: Buffer): Buffer;
      };
    };
  };
}

/** More than a property needs in its time: limits have tests of their own. */
const LIMITS = { waiting: 10_000, waitingPerSource: 10_000, dropFrom: 10_000, handshake: 10_000 };

let door: OutsideDoor;
let alice: Person;
let bystander: RawClient;
/** What nobody caught. */
const uncaught: unknown[] = [];
const note = (error: unknown): void => void uncaught.push(error);

beforeAll(async () => {
  process.on('uncaughtExceptionMonitor', note).on('unhandledRejection', note);
  door = await openOutsideDoor({ limits: LIMITS });
  alice = await door.addPerson('alice');
  bystander = await RawClient.connect(door, await door.addPerson('bob'));
});

afterAll(async () => {
  bystander.client.end();
  process.off('uncaughtExceptionMonitor', note).off('unhandledRejection', note);
  await door[Symbol.asyncDispose]();
});

/** Nothing was thrown, and the door serves somebody else. */
async function expectService(): Promise<void> {
  expect(uncaught).toEqual([]);
  expect(takeErrors(door)).toEqual([]);
  expect((await bystander.ask(MESSAGE.REALPATH, string('.'))).type).toBe(MESSAGE.NAME);
}

/** Nobody is left inside but the bystander, and who behaves is let in as before. */
async function expectAllGone(): Promise<void> {
  await expect.poll(() => door.door.sessions(), { timeout: 10_000 }).toBe(1);
  (await RawClient.connect(door, alice)).client.end();
  await expect.poll(() => door.door.sessions(), { timeout: 10_000 }).toBe(1);
}

/** Sends bytes and hangs up; resolves with what came back when the door has hung up too. */
async function say(bytes: Buffer): Promise<Buffer> {
  const socket = connect(door.door.port, '127.0.0.1');
  const heard: Buffer[] = [];
  socket.on('data', (data: Buffer) => heard.push(data));
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return Buffer.concat(heard);
}

/** Sends messages by the keys of a connection, whose client hears no more, and drops it. */
async function inject(client: Client, messages: readonly Buffer[]): Promise<void> {
  const { _sock: socket, _protocol: protocol } = client as unknown as Insides;
  socket.removeAllListeners('data').resume();
  for (const message of messages) {
    if (!socket.writable) break;
    const { write } = protocol._packetRW;
    const packet = write.alloc(message.length);
    packet.set(message, write.allocStart);
    protocol._cipher.encrypt(write.finalize(packet));
  }
  socket.end();
  if (!socket.closed) await once(socket, 'close');
  client.destroy();
}

/** A connection with keys, whose client does not sign in. */
async function shakeHands(): Promise<Client> {
  const client = new ssh2.Client();
  client.on('error', () => undefined);
  const ready = new Promise((resolve) => client.once('handshake', resolve));
  client.connect({
    host: '127.0.0.1',
    port: door.door.port,
    username: 'alice',
    password: PASSWORD,
    authHandler: () => undefined,
  });
  await ready;
  return client;
}

const shown = (list: readonly Buffer[]): string =>
  JSON.stringify(list.map((bytes) => bytes.toString('hex').slice(0, 400)));

async function fuzz<T>(
  what: string,
  seconds: number,
  arbitrary: fc.Arbitrary<T>,
  attempt: (value: T) => Promise<unknown>,
): Promise<number> {
  let runs = 0;
  const property = fc.asyncProperty(arbitrary, async (value) => {
    runs++;
    await attempt(value);
    await expectService();
  });
  await fc.assert(property, forSeconds(what, seconds));
  await expectAllGone();
  console.info(`${runs} connections`);
  return runs;
}

test(
  'whatever is said in the clear, the door goes on, and hangs up on who hangs up',
  async () => {
    const talk = fc
      .tuple(anyGreeting, anyMessages, fc.infiniteStream(frame))
      .map(([greeting, messages, frames]) => [
        greeting,
        ...messages.map((one) => (frames.next().value ?? plainPacket)(one)),
      ])
      .map((bytes) => ({ bytes, [fc.toStringMethod]: () => shown(bytes) }));
    const attempt = ({ bytes }: { readonly bytes: readonly Buffer[] }) => say(Buffer.concat(bytes));
    expect(await fuzz('SSH in the clear', 2, talk, attempt)).toBeGreaterThan(0);
  },
  FUZZ_TIMEOUT,
);

const told = (messages: fc.Arbitrary<readonly Buffer[]>) =>
  messages.map((list) => ({ list, [fc.toStringMethod]: () => shown(list) }));

test(
  'whatever is said by agreed keys before signing in, the door goes on',
  async () => {
    const runs = await fuzz('SSH before signing in', 2, told(anyMessages), async ({ list }) =>
      inject(await shakeHands(), list),
    );
    expect(runs).toBeGreaterThan(0);
  },
  FUZZ_TIMEOUT,
);

test(
  'whatever somebody says who has signed in, the door goes on',
  async () => {
    const runs = await fuzz('SSH channels', 2, told(channelMessages), async ({ list }) =>
      inject(await connectSsh(door, alice), list),
    );
    expect(runs).toBeGreaterThan(0);
  },
  FUZZ_TIMEOUT,
);

test.each([
  ['zero', Buffer.alloc(32)],
  [
    'of a small order',
    Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex'),
  ],
  ['too short', Buffer.alloc(31, 9)],
  ['too long', Buffer.alloc(33, 9)],
])('a share of curve25519-sha256 that is %s ends the handshake', async (_, share) => {
  const hello = Buffer.from('SSH-2.0-x\r\n');
  const heard = await say(
    Buffer.concat([hello, plainPacket(kexInit('curve25519-sha256')), plainPacket(kexShare(share))]),
  );
  // Behind the greeting and the door's offer there is one packet: DISCONNECT, KEY_EXCHANGE_FAILED.
  const offer = heard.indexOf('\r\n') + 2;
  const answer = heard.subarray(offer + 4 + heard.readUInt32BE(offer));
  expect([answer[5], answer.readUInt32BE(6)]).toEqual([1, 3]);
});
