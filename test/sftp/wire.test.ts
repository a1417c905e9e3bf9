import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PacketMemory } from '../../src/doors/sftp/packet-memory.ts';
import {
  below,
  parseVirtualPath,
  ROOT,
  showPath,
  type VirtualPath,
} from '../../src/doors/sftp/views/virtual-path.ts';
import { readAttributes, writeAttributes } from '../../src/doors/sftp/wire/attributes.ts';
import { BadMessage, FieldReader, NumberTooLarge } from '../../src/doors/sftp/wire/field-reader.ts';
import { LONGEST_PACKET, MESSAGE } from '../../src/doors/sftp/wire/message-types.ts';
import { BadPacketLength, PacketParser, type Space } from '../../src/doors/sftp/wire/packet-parser.ts';
import { decodeText } from '../../src/doors/sftp/wire/text.ts';
import { type OutsideDoor, openOutsideDoor, type Person } from './outside-door.ts';
import { packet, RawClient, string, uint32, uint64 } from './raw-client.ts';

const RUNS = { numRuns: 300 };

const allocate = (length: number): Space => ({ bytes: Buffer.alloc(length), release: () => undefined });

/** What comes back, or what was thrown. */
function attempt<T>(act: () => T): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

/** Feeds bytes in pieces of the given lengths, over and over. */
function parse(bytes: Buffer, pieces: readonly number[]): Buffer[] {
  const parser = new PacketParser(allocate);
  const packets: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = pieces[i % pieces.length] ?? 1;
    parser.feed(bytes.subarray(at, at + length), ({ bytes: found }) => packets.push(found));
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
        const found = attempt(() => parse(Buffer.from(bytes), cuts));
        expect(
          found instanceof BadPacketLength ||
            (Array.isArray(found) && found.every(({ length }) => length >= 5 && length <= LONGEST_PACKET)),
        ).toBe(true);
      }),
      RUNS,
    );
  });

  test('takes no memory for a length that is impossible, and gives back what was not finished', () => {
    const taken: number[] = [];
    let released = 0;
    const parser = new PacketParser((length) => {
      taken.push(length);
      return { bytes: Buffer.alloc(length), release: () => released++ };
    });
    const begun = Buffer.concat([uint32(1000), Buffer.alloc(999)]);
    parser.feed(begun, () => expect.unreachable());
    parser.end();
    parser.end();
    expect({ taken, released }).toEqual({ taken: [1000], released: 1 });
    expect(() => new PacketParser(allocate).feed(uint32(0xffffffff), () => undefined)).toThrow(
      BadPacketLength,
    );
  });
});

test('fields read from any bytes give a value, or say what is wrong', () => {
  const reads = ['byte', 'uint32', 'uint64', 'bytes', 'latin1'] as const;
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.array(fc.constantFrom(...reads), { maxLength: 10 }),
      (bytes, order) => {
        const error = attempt(() => {
          const fields = new FieldReader(Buffer.from(bytes));
          for (const read of order) fields[read]();
          readAttributes(fields);
        });
        expect(error === undefined || error instanceof BadMessage || error instanceof NumberTooLarge).toBe(
          true,
        );
      },
    ),
    RUNS,
  );
});

test('memory for packets is used again, and never for two at once', () => {
  const memory = new PacketMemory(4 * 1024 * 1024, LONGEST_PACKET);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(263_168), fc.nat(5)), { maxLength: 60 }), (steps) => {
      const held: { readonly space: Space; readonly mark: number }[] = [];
      const check = ({ space, mark }: (typeof held)[number]): void => {
        expect(space.bytes.every((byte) => byte === mark)).toBe(true);
        space.release();
      };
      steps.forEach(([length, which], i) => {
        const space = memory.take(length);
        expect(space.bytes.length).toBe(length);
        space.bytes.fill(i % 256);
        held.push({ space, mark: i % 256 });
        if (which < held.length && i % 2 === 0) held.splice(which, 1).forEach(check);
      });
      held.forEach(check);
    }),
    { numRuns: 40 },
  );
  const first = memory.take(200_000);
  const { buffer } = first.bytes;
  first.release();
  expect(memory.take(200_000).bytes.buffer).toBe(buffer);
});

test('attributes come back as they were written', () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.nat(4_294_967), (size, seconds) => {
      const buffer = Buffer.alloc(24);
      writeAttributes(buffer, 0, { kind: 'file', size, mtime: seconds * 1000 });
      const fields = new FieldReader(buffer);
      expect(readAttributes(fields)).toEqual({ size, mtime: seconds * 1000 });
    }),
    RUNS,
  );
});

test('a uint64 is read up to 2^53-1, and not rounded beyond', () => {
  const read = (value: bigint): number => new FieldReader(uint64(value)).uint64();
  expect(read(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
  for (const value of [2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
    expect(() => read(value)).toThrow(NumberTooLarge);
  }
});

test('a byte order mark is part of a name', () => {
  expect(decodeText(Buffer.from('\ufeffname'))).toBe('\ufeffname');
});

test('every text stands for one sequence of bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const text = decodeText(bytes);
      expect(text === null || Buffer.from(text).equals(Buffer.from(bytes))).toBe(true);
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
