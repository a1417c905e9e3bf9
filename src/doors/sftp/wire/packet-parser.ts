import { LONGEST_PACKET } from './message-types.ts';

/** The shortest packet: a type and a request id, or INIT's version. */
const SHORTEST_PACKET = 5;

/** A length that no packet can have. Nothing after it can be understood, so the channel has to end. */
export class BadPacketLength extends Error {
  constructor(length: number, longest: number) {
    super(`an SFTP packet cannot be ${length} bytes long; it has ${SHORTEST_PACKET} to ${longest}`);
    this.name = 'BadPacketLength';
  }
}

/** Where a packet is put together. */
export interface Space {
  readonly bytes: Buffer;
  /** Gives the memory back, once. */
  release(): void;
}

/**
 * Cuts a stream of bytes into packets (draft-ietf-secsh-filexfer-02 section 3: uint32 length, then the packet).
 *
 * Packets are copied into memory of their own, so that what they came in can be used again at once. Holds at most
 * one unfinished packet.
 */
export class PacketParser {
  readonly #take: (length: number) => Space;
  readonly #longest: number;
  readonly #lengthField = Buffer.alloc(4);
  #lengthBytes = 0;
  #packet: Space | null = null;
  #filled = 0;

  /** `take` gives the memory for a packet of a length that has been checked. */
  constructor(take: (length: number) => Space, longest = LONGEST_PACKET) {
    this.#take = take;
    this.#longest = longest;
  }

  /**
   * Takes more bytes; calls `onPacket` for every packet that they complete, without its length field. Who is called
   * releases it. Throws `BadPacketLength`.
   */
  feed(data: Buffer, onPacket: (packet: Space) => void): void {
    let at = 0;
    while (at < data.length) {
      if (this.#packet === null) {
        at = this.#readLength(data, at);
        continue;
      }
      const { bytes } = this.#packet;
      const copied = data.copy(bytes, this.#filled, at);
      this.#filled += copied;
      at += copied;
      if (this.#filled < bytes.length) continue;
      const packet = this.#packet;
      this.#packet = null;
      onPacket(packet);
    }
  }

  /** Gives back the packet that was never finished. */
  end(): void {
    this.#packet?.release();
    this.#packet = null;
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
    if (length < SHORTEST_PACKET || length > this.#longest) throw new BadPacketLength(length, this.#longest);
    this.#packet = this.#take(length);
    this.#filled = 0;
    this.#lengthBytes = 0;
  }
}
