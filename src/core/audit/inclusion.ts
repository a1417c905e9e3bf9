import type { Sha256 } from '../kit/digest.ts';
import { nodeHash } from './tree.ts';

/** The leaves from `start` to before `end`: a subtree beside the way from a leaf to the root. */
interface Sibling {
  readonly start: number;
  readonly end: number;
}

/** A Merkle tree whose subtrees can be asked for. */
export interface TreeReader {
  /** The root of the leaves from `start` to before `end`, as RFC 6962 section 2.1 splits them. Throws when one is missing. */
  rootOf(start: number, end: number): Promise<Sha256>;
}

/** The audit path (RFC 6962 section 2.1.1) of the leaf `index` in the tree of the first `size` leaves, nearest first. */
export async function inclusionPath(
  tree: TreeReader,
  index: number,
  size: number,
): Promise<readonly Sha256[]> {
  const path: Sha256[] = [];
  for (const { start, end } of siblingsOf(index, size)) path.push(await tree.rootOf(start, end));
  return path;
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

/** The largest power of two below `n`, which is 2 or more: where a tree of `n` leaves is split. */
export function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
