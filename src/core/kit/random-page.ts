import { randomFillSync } from 'node:crypto';

/** How many values one page holds. */
const VALUES = 256;

/**
 * Draws random values of `length` bytes. Random bytes are costly to ask for, not to have: a page of them serves many
 * values, each once. A value is the caller's own.
 */
export function createRandomPage(length: number): () => Uint8Array {
  const page = new Uint8Array(VALUES * length);
  let drawn = page.length;
  return () => {
    if (drawn === page.length) {
      randomFillSync(page);
      drawn = 0;
    }
    drawn += length;
    return page.slice(drawn - length, drawn);
  };
}
