import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readInto, SocketReading } from '../../src/doors/sftp/socket-reading.ts';

const KEPT = 64 * 1024;

/** Receives reads of these lengths; returns whether what was received last was ever overwritten. */
function lastStaysThroughout(reading: SocketReading, lengths: readonly number[], kept: number): boolean {
  let last: { readonly bytes: Buffer; readonly mark: number }[] = [];
  for (const [i, length] of lengths.entries()) {
    const into = reading.next();
    const bytes = reading.took(into, Math.min(length, into.length));
    const mark = (i % 250) + 1;
    into.fill(0);
    bytes.fill(mark);
    last.push({ bytes, mark });
    for (let sum = 0, j = last.length - 1; j >= 0; j--) {
      const read = last[j]!;
      const part = read.bytes.subarray(Math.max(0, read.bytes.length - Math.max(kept - sum, 0)));
      if (!part.every((byte) => byte === read.mark)) return false;
      sum += read.bytes.length;
      if (sum >= kept) {
        last = last.slice(j);
        break;
      }
    }
  }
  return true;
}

const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 300_000 }), fc.integer({ min: 1, max: 5000 })), {
  maxLength: 40,
});

test('in bulk, memory is used again, and never the last 64 KiB that were received', () => {
  fc.assert(
    fc.property(lengths, (reads) => {
      const reading = new SocketReading();
      reading.bulk();
      expect(lastStaysThroughout(reading, reads, KEPT)).toBe(true);
    }),
    { numRuns: 60 },
  );
  const reading = new SocketReading();
  reading.bulk();
  const { buffer } = reading.next();
  for (let i = 0; i < 100; i++) reading.took(reading.next(), 100_000);
  expect(reading.next().buffer).toBe(buffer);
});

test('otherwise nothing is used twice, and not after bulk has ended either', () => {
  fc.assert(
    fc.property(lengths, (reads) => {
      const reading = new SocketReading();
      reading.bulk();
      reading.took(reading.next(), 1000);
      reading.relax();
      expect(lastStaysThroughout(reading, reads, Number.MAX_SAFE_INTEGER)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('an accepted socket reads into it, pauses, ends, and says who it is', async () => {
  const reading = new SocketReading();
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer({ pauseOnConnect: true }, (socket) =>
    accepted.resolve(readInto(socket, reading)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  const socket = await accepted.promise;
  expect([socket.remoteAddress, socket.remotePort]).toEqual(['127.0.0.1', client.localPort]);
  const heard: Buffer[] = [];
  socket.on('data', (data: Buffer) => heard.push(Buffer.from(data)));
  socket.resume();
  client.write('one');
  await expect.poll(() => Buffer.concat(heard).toString()).toBe('one');
  socket.pause();
  client.write('two');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(Buffer.concat(heard).toString()).toBe('one');
  socket.resume();
  await expect.poll(() => Buffer.concat(heard).toString()).toBe('onetwo');
  expect(socket.bytesRead).toBe(6);
  const ended = once(socket, 'close');
  client.end();
  await ended;
  server.close();
});
