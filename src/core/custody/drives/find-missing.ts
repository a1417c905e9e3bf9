import { type ArrivalRow, type Findings, isSame, type Pair, pathText } from './compare.ts';
import type { Rescan } from './drives.ts';
import { lookForCopies } from './find-copies.ts';
import { searchShares } from './find-in-shares.ts';
import { inTurn } from './in-turn.ts';
import { recordRemoved, recordShared } from './record.ts';

/** What became of the files that were missing. What is in a share, or gone, is recorded. */
export interface MissingFound {
  /** Copied under another name in the same Arrivals, by the daemon's own user: the same file to people. */
  readonly copied: readonly Pair[];
  /** By the path of a stranger: the row whose place it takes, once it is believed. */
  readonly replaced: ReadonlyMap<string, ArrivalRow>;
}

/**
 * Finds out what became of missing files: the same inode in a share; else a copy in a share or in the same Arrivals; else
 * they are gone, if they were missing at two looks, and everything could be looked at.
 */
export async function findMissing(
  rescan: Rescan,
  { missing, strangers, more }: Findings,
  complete: boolean,
): Promise<MissingFound> {
  const copied: Pair[] = [];
  const replaced = new Map<string, ArrivalRow>();
  if (missing.length === 0) return { copied, replaced };
  const searched = await searchShares(rescan, missing);
  // A file that somebody else owns is another one to us: it is adopted, and goes on with the clock of an equal one.
  const copies = lookForCopies(
    rescan,
    searched,
    strangers.filter(({ ours }) => ours),
  );
  const newNames = new Set(strangers.map(({ path }) => pathText(path)));
  const isAllSeen = complete && searched.complete && !more;
  const lost: ArrivalRow[] = [];
  await inTurn(missing, async (row) => {
    const place = searched.moved.get(row.id);
    if (place === undefined) lost.push(row);
    else await recordShared(rescan, row, place);
  });
  const gone: ArrivalRow[] = [];
  for (const row of lost) {
    const place = await copies.inShares(row);
    if (place !== null) {
      await recordShared(rescan, row, place);
      continue;
    }
    const copy = await copies.inArrivals(row);
    if (copy !== null) copied.push({ row, found: copy });
    else if (isGone(rescan, row, isAllSeen)) {
      // An edit that saves to a new file and renames it: the row goes when that one is believed, and it has its clock.
      const path = pathText(row.arrival);
      if (newNames.has(path)) replaced.set(path, row);
      else gone.push(row);
    }
  }
  await inTurn(gone, async (row) => {
    if (!(await isThere(rescan, row))) await recordRemoved(rescan, row);
  });
  return { copied, replaced };
}

/** Missing at two looks, and everything could be looked at. */
function isGone({ memory }: Rescan, row: ArrivalRow, isAllSeen: boolean): boolean {
  const stood = memory.missing.hasStood(row.id, `${row.generation}`);
  return isAllSeen && stood;
}

/** A walk can miss a name that is renamed while it goes on. */
async function isThere({ intake, owner }: Rescan, row: ArrivalRow): Promise<boolean> {
  const tree = { kind: 'arrivals', account: owner.name } as const;
  const found = await intake.zones.drives.look(tree, row.arrival);
  return found !== null && isSame(row, found);
}
