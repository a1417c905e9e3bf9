import { MIB } from '../../../core/kit/bytes.ts';
import { accept, type Result } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import { lengthOf, type Piece } from './piece.ts';
import type { ReadMemory, ReadSpace } from './read-memory.ts';

/** What is read ahead in one piece. */
export const LARGEST_BLOCK = MIB;

/** How far one handle reads ahead. */
export const MOST_AHEAD = 4 * MIB;

/** A read of nothing asks whether the person still may read, and nothing else. */
const NOTHING = Buffer.alloc(0);

/** A file that is read in any place; whether that is still allowed is asked by every read. */
export interface ReadSource {
  read(buffer: Uint8Array, position: number): Promise<Result<number, Refusal>>;
}

/** Bytes that are being read, or were, ahead of the client. */
interface Block {
  readonly start: number;
  readonly end: number;
  readonly space: ReadSpace;
  /** How many bytes there were; fewer than the block has room for only at the end of the file. */
  readonly filled: Promise<Result<number, Refusal>>;
}

/**
 * Reads a file for one handle: reads that continue each other are answered from blocks that were read before they
 * came to their turn, others go to the disk one by one.
 *
 * Ahead of the client is read what it has asked for already, and further up to `reach`, but never more than the run
 * of reads has had so far: what jumps about costs at most twice what it reads. A run ends with the first read
 * that does not continue it. Every answer asks anew whether the person may read, also one from memory.
 */
export class ReadAhead {
  readonly #source: ReadSource;
  readonly #memory: ReadMemory;
  readonly #reach: number;
  readonly #reading = new Set<Promise<unknown>>();
  #blocks: Block[] = [];
  #next = 0;
  #run = 0;
  #askedFrom = 0;
  #askedTo = 0;

  /** `reach`: how far may be read that nobody has asked for; 0 where bytes may change at any time. */
  constructor(source: ReadSource, memory: ReadMemory, reach: number) {
    this.#source = source;
    this.#memory = memory;
    this.#reach = reach;
  }

  /** A read has come, and is to be done in its turn. */
  asked(offset: number, length: number): void {
    if (offset !== this.#askedTo) this.#askedFrom = offset;
    this.#askedTo = offset + length;
  }

  /** Up to `length` bytes, at most 255 KiB; fewer only at the end of the file. The caller releases every piece. */
  async read(offset: number, length: number): Promise<Result<readonly Piece[], Refusal>> {
    if (length === 0) return this.#mayRead(offset);
    if (offset !== this.#next) {
      this.drop();
      this.#run = 0;
      this.#next = offset;
    }
    this.#readOn(offset, length);
    const ready = await this.#fromBlocks(offset, length);
    const pieces = ready.ok && ready.value.length === 0 ? await this.#direct(offset, length) : ready;
    if (!pieces.ok) return pieces;
    const got = lengthOf(pieces.value);
    this.#next = offset + got;
    this.#run += got;
    return pieces;
  }

  /** Forgets what was read ahead: the file has changed, or nobody wants it. */
  drop(): void {
    for (const block of this.#blocks) releaseWhenFilled(block);
    this.#blocks = [];
  }

  /** Resolves when nothing is being read any more. */
  async end(): Promise<void> {
    this.drop();
    await Promise.allSettled(this.#reading);
  }

  async #mayRead(offset: number): Promise<Result<readonly Piece[], Refusal>> {
    const allowed = await this.#source.read(NOTHING, offset);
    return allowed.ok ? accept([]) : allowed;
  }

  #readOn(offset: number, length: number): void {
    const isAsked = offset >= this.#askedFrom && offset < this.#askedTo;
    const certain = isAsked ? this.#askedTo : offset + length;
    const likely = Math.min(offset + this.#run, this.#reach);
    const until = Math.min(Math.max(certain, likely), offset + MOST_AHEAD);
    // Whole reads go into a block, so that an answer is in one piece.
    const whole = length * Math.max(Math.floor(LARGEST_BLOCK / length), 1);
    for (;;) {
      const start = this.#blocks.at(-1)?.end ?? offset;
      const isNeeded = start < offset + length;
      const size = Math.min(until - start, whole);
      if (isNeeded ? size <= length : size < whole) return;
      if (!this.#begin(start, size)) return;
    }
  }

  #begin(start: number, size: number): boolean {
    const space = this.#memory.takeAhead(size);
    if (space === null) return false;
    const filled = this.#source.read(space.bytes, start);
    this.#blocks.push({ start, end: start + size, space, filled });
    this.#reading.add(filled);
    const isRead = (): boolean => this.#reading.delete(filled);
    filled.then(isRead, isRead);
    return true;
  }

  /** No pieces when there is nothing in memory for this place. */
  async #fromBlocks(offset: number, length: number): Promise<Result<readonly Piece[], Refusal>> {
    if (this.#blocks.length === 0) return accept([]);
    const allowed = await this.#mayRead(offset);
    if (!allowed.ok) return allowed;
    const pieces: Piece[] = [];
    let at = offset;
    for (let block = this.#blocks[0]; block !== undefined && at < offset + length; block = this.#blocks[0]) {
      const filled = await this.#filled(block, pieces);
      if (!filled.ok) return filled;
      const end = block.start + filled.value;
      const to = Math.min(end, offset + length);
      if (to > at) pieces.push(block.space.piece(at - block.start, to - block.start));
      at = Math.max(at, to);
      if (end < block.end) this.drop();
      else if (at === block.end) this.#pass(block);
    }
    return accept(pieces);
  }

  async #filled(block: Block, pieces: readonly Piece[]): Promise<Result<number, Refusal>> {
    let filled: Result<number, Refusal> | null = null;
    try {
      filled = await block.filled;
      return filled;
    } finally {
      if (filled?.ok !== true) {
        for (const piece of pieces) piece.release();
        this.drop();
      }
    }
  }

  #pass(block: Block): void {
    this.#blocks.shift();
    block.space.release();
  }

  async #direct(offset: number, length: number): Promise<Result<readonly Piece[], Refusal>> {
    const space = this.#memory.take(length);
    try {
      const read = await this.#source.read(space.bytes, offset);
      if (!read.ok) return read;
      return accept(read.value === 0 ? [] : [space.piece(0, read.value)]);
    } finally {
      space.release();
    }
  }
}

/** The disk may still be writing into its memory. */
function releaseWhenFilled({ filled, space }: Block): void {
  const release = (): void => space.release();
  filled.then(release, release);
}
