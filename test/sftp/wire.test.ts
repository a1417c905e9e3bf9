import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  below,
  parseVirtualPath,
  ROOT,
  showPath,
  type VirtualPath,
} from '../../src/doors/sftp/virtual-path.ts';
import { readAttributes, writeAttributes } from '../../src/doors/sftp/wire/attributes.ts';
import { BadMessage, FieldReader, NumberTooLarge } from '../../src/doors/sftp/wire/field-reader.ts';
import { LONGEST_PACKET, MESSAGE } from '../../src/doors/sftp/wire/message-types.ts';
import { BadPacketLength, PacketParser } from '../../src/doors/sftp/wire/packet-parser.ts';
import { decodeText } from '../../src/doors/sftp/wire/text.ts';
import { type OutsideDoor, openOutsideDoor, type Person } from './outside-door.ts';
import { packet, RawClient, string, uint32, uint64 } from './raw-client.ts';

const RUNS = { numRuns: 300 };

/** Feeds bytes in pieces of the given lengths, over and over. */
function parse(bytes: Buffer, pieces: readonly number[]): Buffer[] {
  const parser = new PacketParser();
  const packets: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = pieces[i % pieces.length] ?? 1;
    parser.feed(bytes.subarray(at, at + length), ({ slices }) => packets.push(Buffer.concat(slices)));
    at += length;
  }
  return packets;
}

const pieces = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 });
const body = fc.uint8Array({ minLength: 4, maxLength: 2000 }).map((bytes) => Buffer.from(bytes));

describe('the packet parser', () => {
  test('finds the same packets however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(255), body), { maxLength: 20 }), pieces, (packets, cuts) => {
        const stream = Buffer.concat(packets.map(([type, bytes]) => packet(type, bytes)));
        const expected = packets.map(([type, bytes]) =>
          Buffer.concat([Buffer.from([type]), bytes]).toString('hex'),
        );
        expect(parse(stream, cuts).map((found) => found.toString('hex'))).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('takes any bytes, or says that a length is impossible; and never holds more than one packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), pieces, (bytes, cuts) => {
        try {
          const found = parse(Buffer.from(bytes), cuts);
          expect(found.every(({ length }) => length >= 5 && length <= LONGEST_PACKET)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BadPacketLength);
        }
      }),
      RUNS,
    );
  });

  test('hands a WRITE on without copying its data', () => {
    const data = Buffer.alloc(100_000, 'd');
    const stream = packet(
      MESSAGE.WRITE,
      Buffer.concat([uint32(1), string('handle'), uint64(5), string(data)]),
    );
    const parser = new PacketParser();
    const chunks = [stream.subarray(0, 40_000), stream.subarray(40_000, 80_000), stream.subarray(80_000)];
    let seen = 0;
    for (const chunk of chunks) {
      parser.feed(chunk, (raw) => {
        const fields = new FieldReader(raw);
        expect([fields.byte(), fields.uint32(), fields.latin1(), fields.uint64()]).toEqual([
          6,
          1,
          'handle',
          5,
        ]);
        const { buffers, length } = fields.data();
        expect(length).toBe(data.length);
        expect(Buffer.concat(buffers).equals(data)).toBe(true);
        expect(buffers.every(({ buffer }) => buffer === stream.buffer)).toBe(true);
        seen++;
      });
    }
    expect(seen).toBe(1);
  });

  test('reads the data of a WRITE wherever its packet is cut', () => {
    const data = Buffer.from(Array.from({ length: 600 }, (_, i) => i % 256));
    const stream = packet(
      MESSAGE.WRITE,
      Buffer.concat([uint32(1), string('h'.repeat(200)), uint64(0), string(data)]),
    );
    for (let cut = 1; cut < stream.length; cut++) {
      const parser = new PacketParser();
      const found: Buffer[] = [];
      for (const chunk of [stream.subarray(0, cut), stream.subarray(cut)]) {
        parser.feed(chunk, (raw) => {
          const fields = new FieldReader(raw);
          fields.byte();
          fields.uint32();
          fields.latin1();
          fields.uint64();
          found.push(Buffer.concat(fields.data().buffers));
        });
      }
      expect(found.map((bytes) => bytes.equals(data))).toEqual([true]);
    }
  });
});

test('fields read from any bytes give a value, or say what is wrong', () => {
  const reads = ['byte', 'uint32', 'uint64', 'bytes', 'latin1', 'data'] as const;
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.constantFrom(...reads), { maxLength: 10 }),
      (slices, order) => {
        const all = slices.map((slice) => Buffer.from(slice));
        const length = all.reduce((sum, slice) => sum + slice.length, 0);
        try {
          const fields = new FieldReader({ slices: all, length });
          for (const read of order) fields[read]();
          readAttributes(fields);
        } catch (error) {
          expect(error instanceof BadMessage || error instanceof NumberTooLarge).toBe(true);
        }
      },
    ),
    RUNS,
  );
});

test('attributes come back as they were written', () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.nat(4_294_967), (size, seconds) => {
      const buffer = Buffer.alloc(24);
      writeAttributes(buffer, 0, { kind: 'file', size, mtime: seconds * 1000 });
      const fields = new FieldReader({ slices: [buffer], length: buffer.length });
      expect(readAttributes(fields)).toEqual({ size, mtime: seconds * 1000 });
    }),
    RUNS,
  );
});

test('every text stands for one sequence of bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const text = decodeText(bytes);
      if (text !== null) expect(Buffer.from(text).equals(Buffer.from(bytes))).toBe(true);
    }),
    RUNS,
  );
});

test('no path leads above the root, or holds a name that is not one', () => {
  const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', 'b c', 'arrivals', '..\u0000', '~'), fc.string());
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.boolean(), (parts, isAbsolute) => {
      const path = parseVirtualPath((isAbsolute ? '/' : '') + parts.join('/'), 'arrivals' as VirtualPath);
      if (!path.ok) return;
      const names = path.value === ROOT ? [] : path.value.split('/');
      expect(names.some((name) => name === '' || name === '.' || name === '..')).toBe(false);
      const again = parseVirtualPath(showPath(path.value), ROOT);
      expect(again).toEqual(path);
      expect(below(ROOT, path.value) === null).toBe(path.value !== ROOT);
    }),
    RUNS,
  );
});

describe('a session', () => {
  let door: OutsideDoor;
  let alice: Person;
  let raw: RawClient;

  beforeAll(async () => {
    door = await openOutsideDoor();
    alice = await door.addPerson('alice');
    raw = await RawClient.connect(door, alice);
  });
  afterAll(async () => {
    raw.cut();
    await door[Symbol.asyncDispose]();
  });

  test('answers every packet once, whatever is in it', async () => {
    const field = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('.', '/arrivals', 'a', 'a/b', '..', 'limits@openssh.com', 'statvfs@openssh.com')
        .map(string),
      fc.nat(0xffffffff).map(uint32),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(uint64),
    );
    const request = fc.tuple(fc.integer({ min: 3, max: 255 }), fc.array(field, { maxLength: 5 }));
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        const before = raw.replies.length;
        const ids = requests.map(([type, fields]) =>
          raw.request(type % 3 === 0 ? type % 21 : type, ...fields),
        );
        for (const id of ids) await raw.reply(id);
        expect(
          raw.replies
            .slice(before)
            .map(({ id }) => id)
            .toSorted((a, b) => a - b),
        ).toEqual(ids);
      }),
      { numRuns: 60 },
    );
    expect((await raw.ask(MESSAGE.REALPATH, string('.'))).type).toBe(MESSAGE.NAME);
    expect(door.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
