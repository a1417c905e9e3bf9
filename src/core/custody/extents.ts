/** A half-open range of bytes. */
interface Extent {
  start: number;
  end: number;
}

/**
 * Which bytes of an upload have been written, when they may come out of order: where the first gap begins, and
 * where the last byte ends. Clients write almost in order, so the list of islands stays short.
 */
export class Extents {
  readonly #islands: Extent[] = [];
  #contiguous: number;

  /** Begins with `size` bytes that are there without a gap. */
  constructor(size: number) {
    this.#contiguous = size;
  }

  /** Bytes from the first one on that are there without a gap. */
  get contiguous(): number {
    return this.#contiguous;
  }

  /** Where the last byte ends. */
  get end(): number {
    return this.#islands.reduce((end, island) => Math.max(end, island.end), this.#contiguous);
  }

  /** How many ranges there are behind the first gap. */
  get pieces(): number {
    return this.#islands.length;
  }

  /** Adds a range; touching and overlapping ranges become one. */
  add(start: number, end: number): void {
    if (end <= start) return;
    if (start > this.#contiguous) {
      this.#merge({ start, end });
      return;
    }
    this.#contiguous = Math.max(this.#contiguous, end);
    this.#absorb();
  }

  /** Forgets everything from `size` on. */
  truncate(size: number): void {
    this.#contiguous = Math.min(this.#contiguous, size);
    const kept = this.#islands.filter((island) => island.start < size);
    for (const island of kept) island.end = Math.min(island.end, size);
    this.#islands.splice(0, this.#islands.length, ...kept);
  }

  #merge(added: Extent): void {
    const apart = this.#islands.filter((island) => island.end < added.start || island.start > added.end);
    const touching = this.#islands.filter((island) => !apart.includes(island));
    const start = Math.min(added.start, ...touching.map((island) => island.start));
    const end = Math.max(added.end, ...touching.map((island) => island.end));
    apart.push({ start, end });
    apart.sort((a, b) => a.start - b.start);
    this.#islands.splice(0, this.#islands.length, ...apart);
  }

  #absorb(): void {
    let first = this.#islands[0];
    while (first !== undefined && first.start <= this.#contiguous) {
      this.#contiguous = Math.max(this.#contiguous, first.end);
      this.#islands.shift();
      first = this.#islands[0];
    }
  }
}
