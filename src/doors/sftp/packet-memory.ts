import { LONGEST_PACKET } from './wire/message-types.ts';

/** Memory for one packet. `release` gives it back, once; after that its bytes belong to somebody else. */
export interface PacketSpace {
  readonly bytes: Buffer;
  release(): void;
}

/** Packets shorter than this are left to the garbage collector. */
const WORTH_REUSING = 4096;

/** Holds one of the longest packets, so that a slow one keeps no memory but its own, or many short ones. */
const SLAB_SIZE = LONGEST_PACKET;

interface Slab {
  readonly bytes: Buffer;
  used: number;
  /** Packets in it that have not been released. */
  packets: number;
}

function nothing(): void {}

/**
 * Memory for the packets of a door, used over and over. Bulk data that is left to the garbage collector costs more
 * than the whole SSH transport: every 24 MiB of it cause a collection, on all cores.
 */
export class PacketMemory {
  readonly #keep: number;
  readonly #free: Slab[] = [];
  #current: Slab | null = null;

  /** Keeps at most `keep` bytes for later when nobody needs them. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  take(length: number): PacketSpace {
    if (length < WORTH_REUSING) return { bytes: Buffer.allocUnsafe(length), release: nothing };
    const slab = this.#slabFor(length);
    const start = slab.used;
    slab.used += length;
    slab.packets++;
    return {
      bytes: slab.bytes.subarray(start, start + length),
      release: () => this.#release(slab),
    };
  }

  #slabFor(length: number): Slab {
    const current = this.#current;
    if (current !== null && current.used + length <= SLAB_SIZE) return current;
    const slab = this.#free.pop() ?? { bytes: Buffer.allocUnsafeSlow(SLAB_SIZE), used: 0, packets: 0 };
    this.#current = slab;
    return slab;
  }

  #release(slab: Slab): void {
    slab.packets--;
    if (slab.packets > 0) return;
    slab.used = 0;
    const isKept = slab !== this.#current && (this.#free.length + 1) * SLAB_SIZE <= this.#keep;
    if (isKept) this.#free.push(slab);
  }
}
