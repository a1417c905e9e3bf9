import type { Sha256 } from '../kit/digest.ts';
import { largestPowerBelow, type TreeReader } from './inclusion.ts';
import type { CheckpointLedger } from './ports.ts';
import { appendLeaf, EMPTY_TREE, nodeHash, treeRoot } from './tree.ts';

/** Leaves whose root is kept: a power of two. A log of a million rows has a thousand of them. */
const CHUNK = 1024;

/**
 * The tree of a log, which reads leaf hashes as it needs them and keeps the root of every 1,024 rows: of rows that are
 * never changed. The first proof of a long log reads all of it, later ones two thousand rows.
 */
export function createLogTree(ledger: Pick<CheckpointLedger, 'leafHashes'>): TreeReader {
  const chunks = new Map<number, Sha256>();

  async function read(start: number, end: number): Promise<Sha256> {
    const leaves = await ledger.leafHashes(start, end - start);
    if (leaves.length < end - start)
      throw new Error(`the log ends at row ${start + leaves.length}, and rows up to ${end} were signed`);
    return treeRoot(leaves.reduce(appendLeaf, EMPTY_TREE));
  }

  async function chunkAt(start: number): Promise<Sha256> {
    const root = chunks.get(start) ?? (await read(start, start + CHUNK));
    chunks.set(start, root);
    return root;
  }

  async function rootOf(start: number, end: number): Promise<Sha256> {
    if (end - start < CHUNK) return read(start, end);
    if (end - start === CHUNK) return chunkAt(start);
    const middle = start + largestPowerBelow(end - start);
    return nodeHash(await rootOf(start, middle), await rootOf(middle, end));
  }

  return { rootOf };
}
