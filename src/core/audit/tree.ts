import { type Sha256, sha256 } from '../kit/digest.ts';

/**
 * The right edge of an RFC 6962 Merkle tree: the roots of the perfect subtrees that make it up, largest first.
 * With it, a leaf is appended and the root known in O(log n) without reading the log.
 */
export interface TreeHead {
  /** Number of leaves. */
  readonly size: number;
  /** One root per set bit of `size`, most significant first. */
  readonly edge: readonly Sha256[];
}

/** The tree without leaves. */
export const EMPTY_TREE: TreeHead = { size: 0, edge: [] };

/** RFC 6962 section 2.1: the hash of an inner node. */
export function nodeHash(left: Sha256, right: Sha256): Sha256 {
  return sha256(Uint8Array.of(1), Buffer.from(left, 'hex'), Buffer.from(right, 'hex'));
}

/** Appends a leaf hash. Two subtrees of equal size become one, as often as `size` has trailing ones. */
export function appendLeaf(head: TreeHead, leaf: Sha256): TreeHead {
  const edge = [...head.edge];
  let node = leaf;
  for (let size = head.size; size % 2 === 1; size = (size - 1) / 2) {
    const left = edge.pop();
    if (left === undefined) throw new Error('tree head: the edge is shorter than its size says');
    node = nodeHash(left, node);
  }
  edge.push(node);
  return { size: head.size + 1, edge };
}

/** The Merkle tree hash (RFC 6962 section 2.1); of the empty tree, the hash of nothing. */
export function treeRoot(head: TreeHead): Sha256 {
  const last = head.edge.at(-1);
  if (last === undefined) return sha256('');
  return head.edge.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}
