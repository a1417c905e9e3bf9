import type { FileId } from '../../kit/ids.ts';
import type { ArrivalPath, CustodyFile, InodeMark } from '../file.ts';
import { type FolderPath, joinPath } from '../names.ts';
import type { FoundFile } from './ports.ts';

/** What the comparison needs of a file that has a name in Arrivals: a person may have a hundred thousand. */
export type ArrivalRow = Pick<
  CustodyFile,
  | 'id'
  | 'generation'
  | 'owner'
  | 'state'
  | 'door'
  | 'zone'
  | 'size'
  | 'sha256'
  | 'inode'
  | 'arrivedAt'
  | 'expiresAt'
> & { readonly arrival: ArrivalPath };

/** A row of the ledger and the file that it turned out to be. */
export interface Pair {
  readonly row: ArrivalRow;
  readonly found: FoundFile;
}

/** What a comparison of ledger and disk came to. */
export interface Findings {
  /** Rows that have their file under their name. */
  readonly standing: readonly Pair[];
  /** Rows whose inode has another name in the same Arrivals. */
  readonly moved: readonly Pair[];
  /** Rows of arrived files that were not found at all. */
  readonly missing: readonly ArrivalRow[];
  /** Files that no row accounts for. */
  readonly strangers: readonly FoundFile[];
  /** There are more of them than are looked at in one go. */
  readonly more: boolean;
}

/** A comparison that is fed with what is found, in any order. */
export interface Comparison {
  see(found: FoundFile): void;
  end(): Findings;
}

/** How many files without a row are looked at in one rescan. */
const MOST_STRANGERS = 10_000;

/** The row of a file, without what nobody asks here. */
export function toArrivalRow(file: CustodyFile): ArrivalRow {
  const { id, generation, owner, state, door, zone, arrival, size, sha256, inode, arrivedAt, expiresAt } =
    file;
  if (arrival === null) throw new Error(`file ${id} has no name in Arrivals`);
  return { id, generation, owner, state, door, zone, arrival, size, sha256, inode, arrivedAt, expiresAt };
}

/** The path of a name, as one text. */
export function pathText({ folder, name }: ArrivalPath): FolderPath {
  return joinPath(folder, name);
}

/**
 * Begins to compare the files that have, or have reserved, a name in somebody's Arrivals with what is on disk. A file
 * is known by its inode; only a row that has none kept is known by name and size. Names of files that are just
 * being published or moved belong to the job that does it.
 */
export function startComparison(rows: Iterable<ArrivalRow>): Comparison {
  const byPath = new Map<string, ArrivalRow>();
  const byMark = new Map<InodeMark, ArrivalRow>();
  for (const row of rows) {
    byPath.set(pathText(row.arrival), row);
    if (row.inode !== null && row.state === 'arrived') byMark.set(row.inode, row);
  }
  const standing = new Map<FileId, Pair>();
  const elsewhere: Pair[] = [];
  const strangers: FoundFile[] = [];
  let more = false;

  function seeStranger(found: FoundFile): void {
    if (strangers.length < MOST_STRANGERS) strangers.push(found);
    else more = true;
  }

  function end(): Findings {
    const moved = new Map<FileId, Pair>();
    for (const pair of elsewhere) {
      // A second name of the same inode is another file to people.
      if (standing.has(pair.row.id) || moved.has(pair.row.id)) seeStranger(pair.found);
      else moved.set(pair.row.id, pair);
    }
    const missing = [...byPath.values()].filter(
      ({ id, state }) => state === 'arrived' && !standing.has(id) && !moved.has(id),
    );
    return { standing: [...standing.values()], moved: [...moved.values()], missing, strangers, more };
  }

  return {
    see(found) {
      const named = byPath.get(pathText(found.path));
      if (named !== undefined && named.state !== 'arrived') return;
      if (named !== undefined && isSame(named, found)) {
        standing.set(named.id, { row: named, found });
        return;
      }
      const row = byMark.get(found.mark);
      if (row !== undefined && (isTelling(found.mark) || row.size === found.size)) {
        elsewhere.push({ row, found });
      } else seeStranger(found);
    },
    end,
  };
}

/** True when a file under a row's name is the row's. */
export function isSame(row: ArrivalRow, found: FoundFile): boolean {
  return row.inode === null ? row.size === found.size : row.inode === found.mark;
}

/**
 * True when a mark tells one inode from all others. Where the file system keeps no birth time, inode numbers are used
 * again, and other file systems use the same ones.
 */
export function isTelling(mark: InodeMark): boolean {
  return !mark.endsWith('-0');
}

/** True when a file could be a copy of a row's: as long, and made after the arrival. */
export function couldBeCopy(row: ArrivalRow, found: FoundFile): boolean {
  if (found.size !== row.size) return false;
  // Any empty file equals any other: only the name says something.
  if (row.size === 0 && found.path.name !== row.arrival.name) return false;
  if (row.inode === null || found.bornAt === null || row.arrivedAt === null) return true;
  return found.bornAt >= row.arrivedAt - CLOCKS_APART;
}

/** How far the clocks of file system and daemon may be apart: the kernel's is coarse. */
const CLOCKS_APART = 1000;
