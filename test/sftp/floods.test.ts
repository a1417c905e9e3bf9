import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { connectTo, packet, RawClient, string, uint32, uint64 } from './raw-client.ts';

const MIB = 1024;

let folder: string;
let server: ChildProcess;
let port: number;
let raw: RawClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'havengate-flood-'));
  server = spawn(process.execPath, [join(import.meta.dirname, 'stuck-door.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  port = Number(line.toString());
});

afterEach(() => raw.cut());

afterAll(async () => {
  server.kill();
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

async function connect(): Promise<RawClient> {
  const privateKey = readFileSync(join(folder, 'alice.key'));
  return RawClient.over(await connectTo({ host: '127.0.0.1', port, username: 'alice', privateKey }));
}

/** The memory of the server in KiB: as it is, and the most that it ever was. */
function memory(): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  const read = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]);
  return { now: read('VmRSS'), most: read('VmHWM') };
}

/** Sends without end until told to stop, as fast as the connection takes it. */
function pour(make: (i: number) => Buffer, most: number, atOnce: number): { stop(): Promise<number> } {
  let isOver = false;
  let sent = 0;
  async function pouring(): Promise<void> {
    raw.channel.on('error', () => undefined);
    while (!isOver && sent < most) {
      const from = sent;
      sent = Math.min(sent + atOnce, most);
      const batch = Buffer.concat(Array.from({ length: sent - from }, (_, i) => make(from + i)));
      if (!raw.channel.write(batch)) await sleep(5);
      if (raw.channel.destroyed || !raw.channel.writable) return;
      while (raw.channel.writableNeedDrain && !isOver) await sleep(5);
    }
  }
  const poured = pouring();
  return {
    async stop() {
      isOver = true;
      await poured;
      return sent;
    },
  };
}

test('writes that the disk cannot follow are not piled up, and none is lost', async () => {
  raw = await connect();
  const handle = await raw.open('flood');
  const data = Buffer.alloc(255 * 1024, 'x');
  const before = memory().now;
  writeFileSync(join(folder, 'stuck'), '');
  const count = 800;
  const flood = pour(
    (i) =>
      packet(
        MESSAGE.WRITE,
        Buffer.concat([uint32(1000 + i), string(handle), uint64(i * data.length), string(data)]),
      ),
    count,
    1,
  );
  await sleep(1500);
  expect(raw.replies.filter(({ id }) => id >= 1000)).toHaveLength(0);
  expect(memory().most - before).toBeLessThan(64 * MIB);
  rmSync(join(folder, 'stuck'));
  expect(await raw.reply(1000 + count - 1)).toMatchObject({ code: STATUS.OK });
  await flood.stop();
  expect(memory().most - before).toBeLessThan(160 * MIB);
  const { body } = await raw.ask(MESSAGE.FSTAT, string(handle));
  expect(Number(body.readBigUInt64BE(4))).toBe(count * data.length);
});

test('a client that asks and does not read the answers is not answered on and on', async () => {
  raw = await connect();
  for (let i = 0; i < 100; i++) await raw.close(await raw.open(`listed-${i}-${'n'.repeat(200)}`));
  const before = memory().now;
  raw.channel.pause();
  const flood = pour(
    (i) =>
      i % 2 === 0
        ? packet(MESSAGE.EXTENDED, Buffer.concat([uint32(i), string('nonsense'), Buffer.alloc(200)]))
        : packet(MESSAGE.STAT, Buffer.concat([uint32(i), string('listed')])),
    2_000_000,
    500,
  );
  await sleep(3000);
  const sent = await flood.stop();
  expect(sent).toBeLessThan(2_000_000);
  expect(memory().most - before).toBeLessThan(100 * MIB);
});

test('a client that goes on although its window is used up is shut out', async () => {
  raw = await connect();
  const before = memory().now;
  raw.channel.pause();
  const { outgoing } = raw.channel as unknown as { outgoing: { window: number } };
  const cheat = setInterval(() => {
    outgoing.window = 2 ** 30;
  }, 1);
  outgoing.window = 2 ** 30;
  const flood = pour(
    (i) => packet(MESSAGE.REALPATH, Buffer.concat([uint32(i), string('x'.repeat(200))])),
    2_000_000,
    500,
  );
  await Promise.race([raw.closed, sleep(15_000).then(() => Promise.reject(new Error('still open')))]);
  clearInterval(cheat);
  await flood.stop();
  expect(memory().most - before).toBeLessThan(160 * MIB);
});
