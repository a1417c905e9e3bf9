import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyTurnsOf } from '../../src/core/custody/turns.ts';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { type Haven, makeHaven } from './haven.ts';
import { RawClient, string, uint32 } from './raw-client.ts';

let haven: Haven;

beforeAll(async () => {
  haven = await makeHaven();
});

afterAll(async () => haven[Symbol.asyncDispose]());

const WRITE = 0x02;
const CREATE = 0x08;

/** Keeps the copies of a person waiting until what is returned is called. */
async function occupyTurns(): Promise<() => void> {
  const turns = copyTurnsOf(haven.outside.intake.ledger);
  const end = Promise.withResolvers<void>();
  const { signal } = new AbortController();
  for (let i = 0; i < 2; i++) void turns.take(haven.alice.id, signal, () => end.promise);
  await expect.poll(() => turns.running).toBe(2);
  return end.resolve;
}

test('OPEN waits for the bytes that it goes on from, and answers with all of them there', async () => {
  const bytes = randomBytes(3_000_000);
  await haven.arrive(haven.alice, 'waiting.bin', bytes);
  const release = await occupyTurns();
  await using client = await RawClient.connect(haven.outside, haven.alice);
  const id = client.request(MESSAGE.OPEN, string('waiting.bin'), uint32(WRITE | CREATE), uint32(0));
  await expect.poll(() => copyTurnsOf(haven.outside.intake.ledger).waiting).toBe(1);
  expect(client.replies.some((reply) => reply.id === id)).toBe(false);
  release();
  const opened = await client.reply(id);
  expect(opened.type).toBe(MESSAGE.HANDLE);
  const handle = opened.body.subarray(4);
  const { body } = await client.ask(MESSAGE.FSTAT, string(handle));
  expect(Number(body.readBigUInt64BE(4))).toBe(bytes.length);
  expect(await client.write(handle, bytes.length, 'more')).toMatchObject({ code: STATUS.OK });
  expect(await client.close(handle)).toMatchObject({ code: STATUS.OK });
  const whole = await haven.outside.bytes(await haven.outside.file(haven.alice, 'waiting.bin'));
  expect(whole.equals(Buffer.concat([bytes, Buffer.from('more')]))).toBe(true);
});

test('a copy that waits for its turn is not begun when its client is gone', async () => {
  const old = await haven.arrive(haven.alice, 'left.bin', 'arrived');
  const turns = copyTurnsOf(haven.outside.intake.ledger);
  const release = await occupyTurns();
  const client = await RawClient.connect(haven.outside, haven.alice);
  client.request(MESSAGE.OPEN, string('left.bin'), uint32(WRITE | CREATE), uint32(0));
  await expect.poll(() => turns.waiting).toBe(1);
  const begun = await haven.outside.file(haven.alice, 'left.bin');
  expect(begun).toMatchObject({ state: 'receiving', continues: old.id });
  client.cut();
  await expect.poll(() => turns.waiting).toBe(0);
  await expect
    .poll(() => haven.outside.file(haven.alice, 'left.bin'))
    .toMatchObject({ state: 'removed', reason: 'not-continued' });
  const { ledger } = haven.outside.intake;
  expect(await ledger.newestAt({ owner: haven.alice.id, leavesBy: null }, old.path)).toEqual(old);
  release();
});
