import { arrivalsDrop } from '../file.ts';
import { type FileName, TOP } from '../names.ts';
import type { MoveOutcome } from '../ports.ts';
import { type ArrivalRow, type Pair } from './compare.ts';
import type { Rescan } from './drives.ts';
import { inTurn } from './in-turn.ts';
import { recordMoved } from './record.ts';

/**
 * Records the files that have other names in the same Arrivals. A name that another file of the ledger has still is
 * waited for: that one may be moved, too, or be found missing at the next look. Returns how many are left for then.
 */
export async function recordMoves(rescan: Rescan, pairs: readonly Pair[]): Promise<number> {
  let left = pairs;
  while (left.length > 0) {
    const before = left;
    left = await recordSome(rescan, before);
    if (left.length < before.length) continue;
    const stepped = await stepAside(rescan, left);
    if (stepped === null) return left.length;
    left = stepped;
  }
  return 0;
}

/** Those that found their new name taken. */
async function recordSome(rescan: Rescan, pairs: readonly Pair[]): Promise<readonly Pair[]> {
  const left: Pair[] = [];
  await inTurn(pairs, async (pair) => {
    if ((await record(rescan, pair)) === 'name-taken') left.push(pair);
  });
  return left;
}

async function record(rescan: Rescan, { row, found }: Pair): Promise<MoveOutcome> {
  const tree = { kind: 'arrivals', account: rescan.owner.name } as const;
  // What cannot be synced has a name all the same; what has moved on is found by the next rescan.
  await rescan.intake.zones.drives.sync(tree, found);
  return recordMoved(rescan, row, found);
}

/**
 * Where files have changed names in a circle, one of them gets a name in between; null when there is no circle. A crash
 * in the middle leaves a row that the next rescan finds by its inode.
 */
async function stepAside(rescan: Rescan, pairs: readonly Pair[]): Promise<readonly Pair[] | null> {
  const ids = new Set(pairs.map(({ row }) => row.id));
  for (const { found } of pairs) {
    const holder = await rescan.intake.ledger.arrivalAt(arrivalsDrop(rescan.owner.id), found.path);
    const pair = pairs.find(({ row }) => row.id === holder?.id);
    if (holder === null || pair === undefined || !ids.has(holder.id)) continue;
    const aside = { folder: TOP, name: `.havengate-${holder.id}` as FileName };
    const outcome = await recordMoved(rescan, pair.row, { ...pair.found, path: aside });
    if (outcome !== 'moved') return null;
    const row: ArrivalRow = { ...pair.row, generation: pair.row.generation + 1, arrival: aside };
    return pairs.map((one) => (one === pair ? { ...one, row } : one));
  }
  return null;
}
