import type { FileId } from '../../kit/ids.ts';
import { Extents } from '../extents.ts';
import type { Ledger } from '../ports.ts';

/** Files whose downloads are remembered at once; the one that was read longest ago is forgotten first. */
const MOST_FILES = 10_000;

/** Separate pieces of one file that are remembered: a client that reads more wildly than that has to read on. */
const MOST_PIECES = 1000;

/**
 * Which bytes of released files were read since this process began: over several sessions, so that a download that
 * was resumed counts. A restart forgets them, and a download that it interrupts is collected when it is made again.
 */
export class Downloads {
  readonly #read = new Map<FileId, Extents>();

  /** Notes a range that was read. */
  add(file: FileId, start: number, end: number): void {
    const extents = this.#read.get(file) ?? new Extents(0);
    // The map keeps the order in which files were read last.
    this.#read.delete(file);
    this.#read.set(file, extents);
    if (extents.pieces < MOST_PIECES || start <= extents.contiguous) extents.add(start, end);
    if (this.#read.size > MOST_FILES) this.#forgetOldest();
  }

  /** True when every byte of a file of that size was read. */
  has(file: FileId, size: number): boolean {
    return (this.#read.get(file)?.contiguous ?? 0) >= size;
  }

  /** The download is over: the next one is counted from the beginning. */
  forget(file: FileId): void {
    this.#read.delete(file);
  }

  #forgetOldest(): void {
    for (const oldest of this.#read.keys()) {
      this.#read.delete(oldest);
      return;
    }
  }
}

const known = new WeakMap<Ledger, Downloads>();

/** The downloads of an installation that is open in this process. */
export function downloadsOf(ledger: Ledger): Downloads {
  const found = known.get(ledger) ?? new Downloads();
  known.set(ledger, found);
  return found;
}
