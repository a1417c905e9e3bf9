import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { openBadLine } from './bad-line.ts';
import { type Haven, makeHaven } from './haven.ts';
import { run, sshOptions } from './openssh.ts';
import { PASSWORD } from './outside-door.ts';
import { connectTo, RawClient, string, uint64 } from './raw-client.ts';

const BYTES = randomBytes(2_000_000);
const READ = 0x01;

let haven: Haven;

beforeAll(async () => {
  haven = await makeHaven();
});

afterAll(async () => haven[Symbol.asyncDispose]());

test.each([
  ['aes128-gcm@openssh.com', 1],
  ['chacha20-poly1305@openssh.com', 2],
  ['aes256-ctr', 3],
])('what comes in small pieces, some of them late, is whole on both ways: %s', async (cipher, seed) => {
  const { outside, alice } = haven;
  await using line = await openBadLine(outside.door.port, seed);
  const from = join(outside.folder, `from-${seed}`);
  const to = join(outside.folder, `to-${seed}`);
  writeFileSync(from, BYTES);
  await haven.release(alice, 'cohort', `late-${seed}.bin`, BYTES);
  // New keys are agreed on in the middle of both, several times.
  const options = { Port: String(line.port), Ciphers: cipher, RekeyLimit: '500K' };
  const input = `put ${from} /arrivals/late-${seed}.bin\nget /outbound/cohort/late-${seed}.bin ${to}\n`;
  const args = [...sshOptions(outside, alice, options), '-b', '-', 'alice@127.0.0.1'];
  const ended = await run('sftp', args, { input });
  expect(ended, ended.err).toMatchObject({ code: 0 });
  expect(line.pieces()).toBeGreaterThan(2000);
  const file = await outside.file(alice, `late-${seed}.bin`);
  expect(file).toMatchObject({ state: 'received', generation: 1 });
  expect((await outside.bytes(file)).equals(BYTES)).toBe(true);
  expect(readFileSync(to).equals(BYTES)).toBe(true);
});

/** Signs in over a socket of its own, and opens SFTP on it. */
async function over(port: number): Promise<{ readonly sock: Socket; readonly raw: RawClient }> {
  const sock = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true });
  const client = await connectTo({ sock, username: 'alice', password: PASSWORD });
  return { sock, raw: await RawClient.over(client) };
}

test('who stops sending in the middle of an upload has it kept, and the connection ends', async () => {
  const { outside, alice } = haven;
  await using line = await openBadLine(outside.door.port, 4);
  const { sock, raw } = await over(line.port);
  const handle = await raw.open('half-closed.bin');
  expect(await raw.write(handle, 0, BYTES.subarray(0, 100_000))).toMatchObject({ code: STATUS.OK });
  sock.end();
  await raw.closed;
  await expect
    .poll(() => outside.file(alice, 'half-closed.bin'))
    .toMatchObject({ state: 'receiving', size: 100_000 });
  await expect.poll(() => outside.door.sessions()).toBe(0);
  await using again = await RawClient.connect(outside, alice);
  const more = await again.open('half-closed.bin', 0x02);
  expect(await again.write(more, 100_000, BYTES.subarray(100_000, 200_000))).toMatchObject({
    code: STATUS.OK,
  });
  expect(await again.close(more)).toMatchObject({ code: STATUS.OK });
  const bytes = await outside.bytes(await outside.file(alice, 'half-closed.bin'));
  expect(bytes.equals(BYTES.subarray(0, 200_000))).toBe(true);
});

test('who stops sending in the middle of a download leaves nothing open, and has not collected it', async () => {
  const { outside, alice } = haven;
  const file = await haven.release(alice, 'cohort', 'half-got.bin', BYTES);
  await using line = await openBadLine(outside.door.port, 5);
  const { sock, raw } = await over(line.port);
  const handle = await raw.open('/outbound/cohort/half-got.bin', READ);
  for (let at = 0; at < BYTES.length; at += 100_000)
    raw.request(MESSAGE.READ, string(handle), uint64(at), Buffer.from([0, 1, 0x86, 0xa0]));
  await raw.next(() => raw.replies.find(({ type }) => type === MESSAGE.DATA));
  sock.end();
  await raw.closed;
  await expect.poll(() => outside.door.sessions()).toBe(0);
  expect(await haven.file(file.id)).toMatchObject({ state: 'released', collectedAt: null });
});
