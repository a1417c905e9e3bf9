import type { Checkpoint } from './checkpoint.ts';
import { EMPTY_TREE, type TreeHead, treeRoot } from './tree.ts';

/**
 * Compares a log with checkpoints of it while it is read: each says what the root was at its size. Two checkpoints are
 * consistent when one log has both roots.
 */
export class CheckpointComparison {
  /** Those of sizes that were not reached yet, the smallest last. */
  readonly #waiting: Checkpoint[];
  readonly #differing: { readonly size: number; readonly agreedBefore: number }[] = [];
  /** The largest size at which the root was one that was signed. */
  #agreed = 0;
  #matched = 0;

  constructor(checkpoints: readonly Checkpoint[]) {
    this.#waiting = [...checkpoints].sort((a, b) => b.size - a.size);
    this.reach(0, EMPTY_TREE);
  }

  /** How many checkpoints the log has agreed with so far. */
  get matched(): number {
    return this.#matched;
  }

  /** The log has so many rows now, and this head. Sizes that were jumped over, by a row that is missing, differ. */
  reach(size: number, head: TreeHead): void {
    for (;;) {
      const next = this.#waiting.at(-1);
      if (next === undefined || next.size > size) return;
      this.#waiting.pop();
      if (next.size !== size || treeRoot(head) !== next.root) {
        this.#differing.push({ size: next.size, agreedBefore: this.#agreed });
        continue;
      }
      this.#matched++;
      this.#agreed = size;
    }
  }

  /** What is wrong with a log that ends at this size. */
  end(size: number): string[] {
    const beyond = this.#waiting[0]?.size;
    return [
      ...this.#differences(),
      ...(beyond === undefined
        ? []
        : [
            `${rows(size, beyond)} signed and not there: a checkpoint has ${beyond} rows, the log ${size}; it was cut off, or an older copy was put back`,
          ]),
    ];
  }

  #differences(): string[] {
    const [first] = this.#differing;
    if (first === undefined) return [];
    const { size, agreedBefore } = first;
    const what =
      this.#agreed >= size
        ? `the checkpoint of ${size} rows is of another log: this one agrees with the checkpoint of ${this.#agreed} rows`
        : `${rows(agreedBefore, size)} not as signed: the checkpoint of ${size} rows has another root`;
    const others = this.#differing.length - 1;
    return [others === 0 ? what : `${what}; of the larger ones ${others} differ too`];
  }
}

/** Rows from one to before another, as the beginning of a sentence. */
function rows(from: number, end: number): string {
  return from + 1 === end ? `row ${from} is` : `rows ${from} to ${end - 1} are`;
}
