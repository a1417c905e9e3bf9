import { LONGEST_PACKET } from './message-types.ts';

/** The shortest packet: a type and a request id, or INIT's version. */
const SHORTEST_PACKET = 5;

/** A length that no packet can have. Nothing after it can be understood, so the channel has to end. */
export class BadPacketLength extends Error {
  constructor(length: number) {
    super(`an SFTP packet cannot be ${length} bytes long; it has ${SHORTEST_PACKET} to ${LONGEST_PACKET}`);
    this.name = 'BadPacketLength';
  }
}

/** One packet without its length field, as the slices of the channel's data that it came in. Never empty. */
export interface RawPacket {
  readonly slices: readonly Buffer[];
  readonly length: number;
}

/**
 * Cuts a stream of bytes into packets (draft-ietf-secsh-filexfer-02 section 3: uint32 length, then the packet).
 *
 * Payloads are not copied: a packet keeps slices of the data it was fed with, which must not be changed after.
 * Holds less than one packet.
 */
export class PacketParser {
  readonly #lengthField = Buffer.alloc(4);
  #lengthBytes = 0;
  #missing = 0;
  #length = 0;
  #slices: Buffer[] = [];

  /** Takes more bytes; calls `onPacket` for every packet that they complete. Throws `BadPacketLength`. */
  feed(data: Buffer, onPacket: (packet: RawPacket) => void): void {
    let at = 0;
    while (at < data.length) {
      if (this.#missing === 0) {
        at = this.#readLength(data, at);
        continue;
      }
      const end = Math.min(at + this.#missing, data.length);
      this.#slices.push(at === 0 && end === data.length ? data : data.subarray(at, end));
      this.#missing -= end - at;
      at = end;
      if (this.#missing > 0) continue;
      const packet = { slices: this.#slices, length: this.#length };
      this.#slices = [];
      onPacket(packet);
    }
  }

  /** True when the bytes so far end in the middle of a packet. */
  get isMidPacket(): boolean {
    return this.#missing > 0 || this.#lengthBytes > 0;
  }

  #readLength(data: Buffer, from: number): number {
    let at = from;
    if (this.#lengthBytes === 0 && at + 4 <= data.length) {
      this.#begin(data.readUInt32BE(at));
      return at + 4;
    }
    while (this.#lengthBytes < 4 && at < data.length) {
      this.#lengthField[this.#lengthBytes++] = data[at++] ?? 0;
    }
    if (this.#lengthBytes === 4) this.#begin(this.#lengthField.readUInt32BE(0));
    return at;
  }

  #begin(length: number): void {
    if (length < SHORTEST_PACKET || length > LONGEST_PACKET) throw new BadPacketLength(length);
    this.#length = length;
    this.#missing = length;
    this.#lengthBytes = 0;
  }
}
