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

const SAFE_HIGH_HALF = 2 ** 21;

/**
 * Reads the fields of one packet, in order (RFC 4251 section 5: uint32, uint64, string). Throws `BadMessage` where
 * the packet is shorter than its fields say, `NumberTooLarge` for a uint64 beyond 2^53-1.
 */
export class FieldReader {
  readonly #packet: Buffer;
  #at = 0;

  constructor(packet: Buffer) {
    this.#packet = packet;
  }

  byte(): number {
    return this.#packet.readUInt8(this.#take(1));
  }

  uint32(): number {
    return this.#packet.readUInt32BE(this.#take(4));
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
    return this.#packet.subarray(start, start + length);
  }

  /** A string that is a protocol name or a handle: one character for each byte. */
  latin1(): string {
    const length = this.uint32();
    const start = this.#take(length);
    return this.#packet.toString('latin1', start, start + length);
  }

  #take(count: number): number {
    const start = this.#at;
    if (start + count > this.#packet.length) {
      throw new BadMessage('the message is shorter than its fields say');
    }
    this.#at = start + count;
    return start;
  }
}
