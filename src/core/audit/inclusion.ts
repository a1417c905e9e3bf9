import type { Sha256 } from '../kit/digest.ts';
import { appendLeaf, EMPTY_TREE, nodeHash, type TreeHead, treeRoot } from './tree.ts';

/** The leaves from `start` to before `end`: a subtree beside the way from a leaf to the root. */
interface Sibling {
  readonly start: number;
  readonly end: number;
}

/**
 * The audit path (RFC 6962 section 2.1.1) of the leaf `index` in the tree of the first `size` leaves, nearest first.
 * Reads the leaf hashes once, in order, and keeps a few dozen. Throws when there are fewer than `size`.
 */
export async function inclusionPath(
  leaves: AsyncIterable<readonly Sha256[]>,
  index: number,
  size: number,
): Promise<readonly Sha256[]> {
  const siblings = siblingsOf(index, size);
  const heads = siblings.map((): TreeHead => EMPTY_TREE);
  const inOrder = siblings.map(({ start, end }, place) => ({ start, end, place }));
  inOrder.sort((a, b) => a.start - b.start);
  let [at, next] = [0, 0];
  for await (const page of leaves) {
    for (const leaf of page) {
      if (at >= size) break;
      while (at >= (inOrder[next]?.end ?? Number.POSITIVE_INFINITY)) next++;
      const sibling = inOrder[next];
      if (sibling !== undefined && at >= sibling.start) {
        heads[sibling.place] = appendLeaf(heads[sibling.place] ?? EMPTY_TREE, leaf);
      }
      at++;
    }
    if (at >= size) break;
  }
  if (at < size) throw new Error(`the log ends at row ${at}, the checkpoint says ${size}`);
  return heads.map(treeRoot);
}

/** The root that a leaf and its audit path make (RFC 9162 section 2.1.3.2); null when the path does not fit. */
export function rootOfPath(
  leaf: Sha256,
  index: number,
  size: number,
  path: readonly Sha256[],
): Sha256 | null {
  if (index < 0 || index >= size) return null;
  let [node, at, last] = [leaf, index, size - 1];
  for (const sibling of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      node = nodeHash(sibling, node);
      // A subtree at the right edge that is not full has no sibling on its own levels.
      for (; at % 2 === 0 && at !== 0; at /= 2) last = Math.floor(last / 2);
    } else node = nodeHash(node, sibling);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : null;
}

function siblingsOf(index: number, size: number): Sibling[] {
  const siblings: Sibling[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    const isLeft = index < middle;
    siblings.push(isLeft ? { start: middle, end } : { start, end: middle });
    if (isLeft) end = middle;
    else start = middle;
  }
  return siblings.reverse();
}

/** The largest power of two below `n`, which is 2 or more. */
function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
