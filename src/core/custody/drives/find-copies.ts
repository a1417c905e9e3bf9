import type { Sha256 } from '../../kit/digest.ts';
import type { CustodyFile } from '../file.ts';
import { type ArrivalRow, couldBeCopy, pathText } from './compare.ts';
import type { Rescan } from './drives.ts';
import type { SharedPlace, SharesSearched } from './find-in-shares.ts';
import type { DriveTree, FoundFile } from './ports.ts';

/** How many equal files are asked for: there are more only of files like the empty one. */
export const MOST_EQUALS = 1000;

/** Copies of missing files. Each file is read once in a rescan, and accounts for one row only. */
export interface Copies {
  /** The file in a share that a missing row was copied to; null when there is none. */
  inShares(row: ArrivalRow): Promise<SharedPlace | null>;
  /** The same among the files of Arrivals that no row accounts for. */
  inArrivals(row: ArrivalRow): Promise<FoundFile | null>;
}

/** A file somewhere that drives reach. */
interface Candidate {
  readonly tree: DriveTree;
  readonly found: FoundFile;
}

/**
 * Looks for copies of missing files: where a client cannot rename from one drive to another, it copies and deletes.
 * A copy has the same length and digest, is newer than the arrival, and is nobody else's. Those of the same name
 * come first.
 */
export function lookForCopies(
  rescan: Rescan,
  searched: SharesSearched,
  strangers: readonly FoundFile[],
): Copies {
  const { ledger, zones } = rescan.intake;
  const digests = new Map<string, Promise<Sha256 | 'changed' | 'unreadable'>>();
  const taken = new Set<string>();
  const arrivals = { kind: 'arrivals', account: rescan.owner.name } as const;
  const inArrivals = createShelf(strangers.map((found) => ({ tree: arrivals, found })));
  const inShares = createShelf(
    [...searched.candidates.values()].flat().map((place) => ({ ...place, tree: shareTree(place) })),
  );

  async function isEqual(row: ArrivalRow, { tree, found }: Candidate): Promise<boolean> {
    const key = keyOf(tree, found);
    if (row.sha256 === null || taken.has(key) || !couldBeCopy(row, found)) return false;
    const digest = digests.get(key) ?? zones.drives.digest(tree, found);
    digests.set(key, digest);
    return (await digest) === row.sha256;
  }

  async function isAnothers(row: ArrivalRow, place: SharedPlace): Promise<boolean> {
    if (row.sha256 === null) return true;
    const equals = await ledger.equalFiles({ size: row.size, sha256: row.sha256 }, MOST_EQUALS);
    return equals.some((file) => file.id !== row.id && isOf(file, place));
  }

  return {
    async inShares(row) {
      for (const place of inShares(row)) {
        if (!(await isEqual(row, place)) || (await isAnothers(row, place))) continue;
        taken.add(keyOf(place.tree, place.found));
        return place;
      }
      return null;
    },
    async inArrivals(row) {
      for (const { tree, found } of inArrivals(row)) {
        if (!(await isEqual(row, { tree, found }))) continue;
        taken.add(keyOf(tree, found));
        return found;
      }
      return null;
    },
  };
}

/** Candidates by length and name: thousands of files may be missing, and thousands new. */
function createShelf<T extends Candidate>(candidates: readonly T[]): (row: ArrivalRow) => Iterable<T> {
  const bySize = Map.groupBy(candidates, ({ found }) => found.size);
  const byName = Map.groupBy(candidates, ({ found }) => `${found.size}/${found.path.name}`);
  return function* (row) {
    yield* byName.get(`${row.size}/${row.arrival.name}`) ?? [];
    for (const one of bySize.get(row.size) ?? []) if (one.found.path.name !== row.arrival.name) yield one;
  };
}

/** True when a file of the ledger is this one: it was moved there, or has the inode. */
function isOf(file: CustodyFile, { share, found }: SharedPlace): boolean {
  if (file.state !== 'shared' && file.state !== 'moving' && file.state !== 'arrived') return false;
  if (file.inode === found.mark) return true;
  const { working } = file;
  return working?.share === share.id && pathText(working) === pathText(found.path);
}

function shareTree({ share }: SharedPlace): DriveTree {
  return { kind: 'share', share: share.name };
}

function keyOf(tree: DriveTree, found: FoundFile): string {
  const top = tree.kind === 'arrivals' ? tree.account : tree.share;
  return `${tree.kind}/${top}/${pathText(found.path)}`;
}
