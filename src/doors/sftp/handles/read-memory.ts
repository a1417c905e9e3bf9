import type { ByteBudget } from '../byte-budget.ts';
import type { PacketMemory, PacketSpace } from '../packet-memory.ts';
import type { Piece } from './piece.ts';

/** Memory that bytes of a file are read into, and sent from in pieces. Given back when nobody uses it any more. */
export class ReadSpace {
  readonly bytes: Buffer;
  readonly #onUnused: () => void;
  #users = 1;

  constructor(bytes: Buffer, onUnused: () => void) {
    this.bytes = bytes;
    this.#onUnused = onUnused;
  }

  /** A part of it, which keeps the memory until it is released. */
  piece(from: number, to: number): Piece {
    this.#users++;
    return { bytes: this.bytes.subarray(from, to), release: () => this.release() };
  }

  /** Whoever took the memory needs it no more. */
  release(): void {
    this.#users--;
    if (this.#users === 0) this.#onUnused();
  }
}

/**
 * What one session reads files into. It counts in the byte budget of the door; beyond the session's share nothing is
 * read ahead, and only what a request needs is read.
 */
export class ReadMemory {
  readonly #memory: PacketMemory;
  readonly #budget: ByteBudget;
  #held = 0;
  #isOver = false;

  constructor(memory: PacketMemory, budget: ByteBudget) {
    this.#memory = memory;
    this.#budget = budget;
  }

  /** Memory for what a request needs. */
  take(length: number): ReadSpace {
    const space = this.#memory.take(length);
    this.#held += length;
    if (!this.#isOver) this.#budget.take(length);
    return new ReadSpace(space.bytes, () => this.#giveBack(length, space));
  }

  /** Memory for reading ahead; null when the session has its share already. */
  takeAhead(length: number): ReadSpace | null {
    return this.#held + length > this.#budget.share ? null : this.take(length);
  }

  /** The session is over. What was never sent counts no more; its memory is left to the garbage collector. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#budget.giveBack(this.#held);
  }

  #giveBack(length: number, space: PacketSpace): void {
    space.release();
    this.#held -= length;
    if (!this.#isOver) this.#budget.giveBack(length);
  }
}
