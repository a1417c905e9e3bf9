/** Memory for one packet, or one read. `release` gives it back, once; after that its bytes belong to somebody else. */
export interface PacketSpace {
  readonly bytes: Buffer;
  release(): void;
}

/** Packets shorter than this are left to the garbage collector. */
const WORTH_REUSING = 4096;

interface Slab {
  readonly bytes: Buffer;
  used: number;
  /** Packets in it that have not been released. */
  packets: number;
}

function nothing(): void {}

/**
 * Memory for the packets of a door, or for what it reads, used over and over. Bulk data that is left to the garbage collector costs more
 * than the whole SSH transport: every 24 MiB of it cause a collection, on all cores.
 */
export class PacketMemory {
  readonly #keep: number;
  readonly #slabSize: number;
  readonly #free: Slab[] = [];
  #current: Slab | null = null;

  /**
   * Keeps at most `keep` bytes for later when nobody needs them. A slab holds one of the `longest` packets, so that a
   * slow one keeps no memory but its own, or many short ones.
   */
  constructor(keep: number, longest: number) {
    this.#keep = keep;
    this.#slabSize = longest;
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
    if (current !== null && current.used + length <= this.#slabSize) return current;
    const slab = this.#free.pop() ?? { bytes: Buffer.allocUnsafeSlow(this.#slabSize), used: 0, packets: 0 };
    this.#current = slab;
    return slab;
  }

  #release(slab: Slab): void {
    slab.packets--;
    if (slab.packets > 0) return;
    slab.used = 0;
    const isKept = slab !== this.#current && (this.#free.length + 1) * this.#slabSize <= this.#keep;
    if (isKept) this.#free.push(slab);
  }
}
