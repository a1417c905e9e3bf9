import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { type OutsideDoor, openOutsideDoor, type Person } from './outside-door.ts';
import { RawClient, string, uint64 } from './raw-client.ts';

let door: OutsideDoor;
let alice: Person;

beforeAll(async () => {
  door = await openOutsideDoor();
  alice = await door.addPerson('alice');
});

afterAll(async () => door[Symbol.asyncDispose]());

const PIECE = 32_768;
const PIECES = 100;

describe('a connection that is lost', () => {
  test.each([0, 50, 99])(
    'after %i of 100 pieces leaves an upload that can be gone on with from its size',
    async (sent) => {
      const bytes = randomBytes(PIECE * PIECES);
      const name = `cut-at-${sent}`;
      const piece = (i: number): Buffer => bytes.subarray(i * PIECE, (i + 1) * PIECE);
      const first = await RawClient.connect(door, alice);
      const handle = await first.open(name);
      for (let i = 0; i < sent; i++) {
        const written = first.write(handle, i * PIECE, piece(i));
        if (i === sent - 1) await written;
      }
      first.cut();
      await expect
        .poll(() => door.file(alice, name))
        .toMatchObject({ state: 'receiving', size: sent * PIECE });

      const second = await RawClient.connect(door, alice);
      const { body } = await second.ask(MESSAGE.STAT, string(name));
      const size = Number(body.readBigUInt64BE(4));
      const again = await second.open(name, 0x02);
      for (let i = size / PIECE; i < PIECES; i++) await second.write(again, i * PIECE, piece(i));
      expect(await second.close(again)).toMatchObject({ code: STATUS.OK });
      await second[Symbol.asyncDispose]();
      expect((await door.bytes(await door.file(alice, name))).equals(bytes)).toBe(true);
    },
  );

  test('with bytes beyond a gap keeps those before it', async () => {
    const client = await RawClient.connect(door, alice);
    const handle = await client.open('gap');
    await client.write(handle, 0, 'before');
    await client.write(handle, 100, 'after');
    client.cut();
    await expect
      .poll(() => door.file(alice, 'gap'))
      .toMatchObject({ state: 'receiving', size: 6, gap: false });
  });

  test('after the CLOSE was sent loses nothing of the upload', async () => {
    const client = await RawClient.connect(door, alice);
    const handle = await client.open('closed-in-time');
    client.request(MESSAGE.WRITE, string(handle), uint64(0), string('all of it'));
    const closed = client.close(handle);
    await closed;
    client.cut();
    expect(await door.file(alice, 'closed-in-time')).toMatchObject({ state: 'received', size: 9 });
  });
});

test('a client that comes back at once finds its upload free, though releasing it takes a moment', async () => {
  const slow = await openOutsideDoor({
    zones: (zones) => ({
      ...zones,
      airlock: {
        ...zones.airlock,
        async open(file) {
          const handle = await zones.airlock.begin(file);
          const sync = (): Promise<void> => sleep(400).then(() => handle.sync());
          return { ...handle, sync };
        },
      },
    }),
  });
  const bob = await slow.addPerson('bob');
  const first = await RawClient.connect(slow, bob);
  const second = await RawClient.connect(slow, bob);
  await first.write(await first.open('again'), 0, 'begun');
  first.cut();
  const handle = await second.open('again', 0x02);
  await second.write(handle, 5, ' and ended');
  expect(await second.close(handle)).toMatchObject({ code: STATUS.OK });
  expect((await slow.bytes(await slow.file(bob, 'again'))).toString()).toBe('begun and ended');
  await second[Symbol.asyncDispose]();
  await slow[Symbol.asyncDispose]();
});

test('a channel that is closed without a CLOSE leaves its uploads to be gone on with', async () => {
  const client = await RawClient.connect(door, alice);
  const handle = await client.open('left-open');
  client.request(MESSAGE.WRITE, string(handle), uint64(0), string('some of it'));
  client.channel.end();
  await client.closed;
  expect(await door.file(alice, 'left-open')).toMatchObject({ state: 'receiving', size: 10 });
  client.client.end();
});

describe('a door that stops', () => {
  test('lets open uploads end, begins nothing new, and takes no connection', async () => {
    const stopping = await openOutsideDoor();
    const bob = await stopping.addPerson('bob');
    const busy = await RawClient.connect(stopping, bob);
    const idle = await RawClient.connect(stopping, bob);
    const handle = await busy.open('ends');
    const stopped = stopping.door.stop(10_000);
    await idle.closed;
    expect((await busy.ask(MESSAGE.OPEN, string('new'), Buffer.alloc(8, 0x0a))).code).toBe(STATUS.FAILURE);
    expect(await busy.ask(MESSAGE.MKDIR, string('new'))).toMatchObject({
      message: expect.stringContaining('is stopping'),
    });
    await expect(RawClient.connect(stopping, bob)).rejects.toThrow('ECONNREFUSED');
    expect(await busy.write(handle, 0, 'the last words')).toMatchObject({ code: STATUS.OK });
    expect(await busy.close(handle)).toMatchObject({ code: STATUS.OK });
    await stopped;
    expect(await stopping.file(bob, 'ends')).toMatchObject({ state: 'received', size: 14 });
    expect(stopping.door.sessions()).toBe(0);
    await stopping[Symbol.asyncDispose]();
  });

  test('releases what has not ended within the time', async () => {
    const stopping = await openOutsideDoor();
    const bob = await stopping.addPerson('bob');
    const busy = await RawClient.connect(stopping, bob);
    const handle = await busy.open('does-not-end');
    await busy.write(handle, 0, 'begun');
    const begun = performance.now();
    await stopping.door.stop(300);
    expect(performance.now() - begun).toBeLessThan(4000);
    expect(busy.stderr).toContain('The server is stopping');
    expect(await stopping.file(bob, 'does-not-end')).toMatchObject({ state: 'receiving', size: 5 });
    await stopping[Symbol.asyncDispose]();
  });
});
