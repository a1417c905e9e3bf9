import { describe, expect, test } from 'vitest';
import { inclusionPath, rootOfPath } from '../../src/core/audit/inclusion.ts';
import { createLogTree } from '../../src/core/audit/log-tree.ts';
import { appendLeaf, EMPTY_TREE, treeRoot } from '../../src/core/audit/tree.ts';
import { type Sha256, sha256 } from '../../src/core/kit/digest.ts';

const leaves = Array.from({ length: 300 }, (_, i) => sha256(Uint8Array.of(0), String(i)));

/** The tree of these leaves, as a log has it; `read` hears how many are read. */
function treeOf(of: readonly Sha256[], read: (count: number) => void = () => undefined) {
  return createLogTree({
    async leafHashes(from, limit) {
      const found = of.slice(from, from + limit);
      read(found.length);
      return found;
    },
  });
}

/** RFC 6962 section 2.1.1 as it is written there: recursive, with all leaves at hand. */
function pathByTheBook(index: number, of: readonly Sha256[]): Sha256[] {
  if (of.length <= 1) return [];
  let k = 1;
  while (k * 2 < of.length) k *= 2;
  return index < k
    ? [...pathByTheBook(index, of.slice(0, k)), rootByTheBook(of.slice(k))]
    : [...pathByTheBook(index - k, of.slice(k)), rootByTheBook(of.slice(0, k))];
}

/** RFC 6962 section 2.1, likewise. */
function rootByTheBook(of: readonly Sha256[]): Sha256 {
  const [only] = of;
  if (only === undefined) return sha256('');
  if (of.length === 1) return only;
  let k = 1;
  while (k * 2 < of.length) k *= 2;
  const halves = [rootByTheBook(of.slice(0, k)), rootByTheBook(of.slice(k))];
  return sha256(Uint8Array.of(1), ...halves.map((half) => Buffer.from(half, 'hex')));
}

describe('an inclusion proof', () => {
  test('is the audit path of RFC 6962 and leads to the root, for every leaf of every tree up to 40', async () => {
    for (let size = 1; size <= 40; size++) {
      const tree = leaves.slice(0, size);
      const root = treeRoot(tree.reduce(appendLeaf, EMPTY_TREE));
      expect(root).toBe(rootByTheBook(tree));
      for (const [index, leaf] of tree.entries()) {
        const path = await inclusionPath(treeOf(leaves), index, size);
        expect(path, `${index} of ${size}`).toEqual(pathByTheBook(index, tree));
        expect(rootOfPath(leaf, index, size, path), `${index} of ${size}`).toBe(root);
      }
    }
  });

  test('leads nowhere with another leaf, place, size or path', async () => {
    const [size, index] = [200, 77];
    const root = rootByTheBook(leaves.slice(0, size));
    const path = await inclusionPath(treeOf(leaves), index, size);
    const leaf = leaves[index] ?? sha256('');
    expect(rootOfPath(leaf, index, size, path)).toBe(root);
    for (const other of leaves.slice(0, 50)) expect(rootOfPath(other, index, size, path)).not.toBe(root);
    const places = Array.from({ length: size }, (_, place) => place);
    expect(places.filter((place) => rootOfPath(leaf, place, size, path) === root)).toEqual([index]);
    expect(rootOfPath(leaf, index, size, path.slice(1))).toBeNull();
    expect(rootOfPath(leaf, index, size, [...path, leaf])).toBeNull();
    expect(rootOfPath(leaf, index, size, path.toReversed())).not.toBe(root);
    expect(rootOfPath(leaf, size, size, path)).toBeNull();
    expect(rootOfPath(leaf, -1, size, path)).toBeNull();
  });

  test('is refused when leaves are missing, and reads no more than it needs', async () => {
    await expect(inclusionPath(treeOf(leaves.slice(0, 99)), 1, 100)).rejects.toThrow(
      'the log ends at row 99',
    );
    let read = 0;
    const tree = treeOf(leaves, (count) => void (read += count));
    await inclusionPath(tree, 3, 21);
    expect(read).toBe(20);
  });

  test('of a long log is by the book too, and the second one reads little', async () => {
    const many = Array.from({ length: 5003 }, (_, i) => sha256(Uint8Array.of(0), `many ${i}`));
    let read = 0;
    const tree = treeOf(many, (count) => void (read += count));
    expect(await inclusionPath(tree, 1500, 5003)).toEqual(pathByTheBook(1500, many));
    expect(read).toBeLessThan(5003);
    await inclusionPath(tree, 2900, 5003);
    read = 0;
    for (const index of [0, 1023, 1024, 3000, 4500, 5002]) {
      expect(await inclusionPath(tree, index, 5003), String(index)).toEqual(pathByTheBook(index, many));
    }
    expect(read).toBeLessThan(6 * 2048);
  });
});
