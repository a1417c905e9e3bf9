import { MESSAGE } from './message-types.ts';
import type { RawPacket } from './packet-parser.ts';

/** A message that ends before its fields do, or holds what its type does not allow. Answered with BAD_MESSAGE. */
export class BadMessage extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'BadMessage';
  }
}

/** An offset or size that a JavaScript number cannot hold exactly; no file system we know has files that long. */
export class NumberTooLarge extends Error {
  constructor() {
    super('offsets and sizes go up to 2^53-1 bytes here');
    this.name = 'NumberTooLarge';
  }
}

/** What every WRITE's fields before its data fit into: type, id, a handle of 256 bytes, offset, length. */
const LONGEST_WRITE_HEAD = 1 + 4 + 4 + 256 + 8 + 4;

const SAFE_HIGH_HALF = 2 ** 21;

/**
 * Reads the fields of one packet, in order (RFC 4251 section 5: uint32, uint64, string). Throws `BadMessage` where
 * the packet is shorter than its fields say, `NumberTooLarge` for a uint64 beyond 2^53-1.
 */
export class FieldReader {
  readonly #packet: RawPacket;
  readonly #head: Buffer;
  #at = 0;

  constructor(packet: RawPacket) {
    this.#packet = packet;
    this.#head = headOf(packet);
  }

  byte(): number {
    const value = this.#head[this.#take(1)];
    if (value === undefined) throw new BadMessage('the message is too short');
    return value;
  }

  uint32(): number {
    return this.#head.readUInt32BE(this.#take(4));
  }

  uint64(): number {
    const high = this.uint32();
    const low = this.uint32();
    if (high >= SAFE_HIGH_HALF) throw new NumberTooLarge();
    return high * 2 ** 32 + low;
  }

  /** A string's bytes, which stay those of the packet. */
  bytes(): Buffer {
    const length = this.uint32();
    const start = this.#take(length);
    return this.#head.subarray(start, start + length);
  }

  /** A string that is a protocol name or a handle: one character for each byte. */
  latin1(): string {
    const length = this.uint32();
    const start = this.#take(length);
    return this.#head.toString('latin1', start, start + length);
  }

  /** True when there are more fields. */
  get hasMore(): boolean {
    return this.#at < this.#packet.length;
  }

  /** The last string of a WRITE, as the slices of the packet that hold it: nothing is copied. */
  data(): { readonly buffers: readonly Buffer[]; readonly length: number } {
    const length = this.uint32();
    if (this.#at + length > this.#packet.length) throw new BadMessage('the data is shorter than it says');
    const buffers: Buffer[] = [];
    let skip = this.#at;
    let left = length;
    for (const slice of this.#packet.slices) {
      if (left === 0) break;
      if (skip >= slice.length) {
        skip -= slice.length;
        continue;
      }
      const part = slice.subarray(skip, skip + left);
      buffers.push(part);
      left -= part.length;
      skip = 0;
    }
    this.#at += length;
    return { buffers, length };
  }

  #take(count: number): number {
    const start = this.#at;
    if (start + count > this.#head.length) throw new BadMessage('the message is shorter than its fields say');
    this.#at = start + count;
    return start;
  }
}

function headOf(packet: RawPacket): Buffer {
  const [first] = packet.slices;
  if (first === undefined) throw new BadMessage('the message is empty');
  const isWrite = first[0] === MESSAGE.WRITE;
  if (packet.slices.length === 1 || (isWrite && first.length >= LONGEST_WRITE_HEAD)) return first;
  if (!isWrite) return Buffer.concat(packet.slices);
  return Buffer.concat(packet.slices, Math.min(packet.length, LONGEST_WRITE_HEAD));
}
