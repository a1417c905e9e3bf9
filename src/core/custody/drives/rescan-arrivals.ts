import type { Account } from '../../accounts/account.ts';
import { mayStillAct } from '../../accounts/may-act.ts';
import type { FileId } from '../../kit/ids.ts';
import type { Intake } from '../custody.ts';
import { arrivalsDrop } from '../file.ts';
import { TOP } from '../names.ts';
import { clockSuspicion } from '../retention/clock-guard.ts';
import { adoptStrangers, checkContents } from './adopt-strangers.ts';
import { type ArrivalRow, type Findings, startComparison, toArrivalRow } from './compare.ts';
import type { DrivesPolicy, HomeMemory, Rescan } from './drives.ts';
import { isNews } from './drives.ts';
import { findMissing } from './find-missing.ts';
import type { DriveTree, FoundFolder, FoundOddity } from './ports.ts';
import { recordMoves } from './record-moves.ts';

/** How a rescan ended. */
export interface Rescanned {
  /** Something has to be seen again after the grace before it is believed, or could not be recorded yet. */
  readonly again: boolean;
  /** Files that were found. */
  readonly files: number;
}

const ROWS = 1000;
const PAGE = 500;

/** More than so many files do not vanish together unless their disk does. */
const FEW = 3;

/**
 * Compares one person's Arrivals on disk with the ledger, and records what a desktop has done there: renamed, moved to
 * a share, removed, or added. A rescan is the truth; whoever asks for it only says when. What has an inode that tells
 * is recorded at once, the rest when it was seen twice. Safe to run twice, and beside the daemon's own moves: every
 * record is a compare-and-set on the row as it was read before the disk was looked at.
 *
 * An unmounted disk empties nothing: where a home is missing, or is another folder than the one in which files were
 * seen last, and more than a few files would be gone, it is logged (`drive-home-missing`) and nothing is recorded.
 */
export async function rescanArrivals(
  intake: Intake,
  policy: DrivesPolicy,
  owner: Account,
  memory: HomeMemory,
  seeFolder: (folder: FoundFolder) => void,
): Promise<Rescanned> {
  const rescan: Rescan = { intake, policy, owner, memory, seeFolder };
  const rows = await readRows(rescan);
  const seen = await walkHome(rescan, rows);
  if (!(await isHome(rescan, rows, seen))) {
    forget(memory);
    return { again: false, files: 0 };
  }
  const { findings } = seen;
  const found = await findMissing(rescan, findings, seen.complete);
  const left = await recordMoves(rescan, [...findings.moved, ...found.copied]);
  // What begins a clock waits for one that is trusted.
  const isTrusted = (await clockSuspicion(intake.ledger)) === null;
  const may = await mayStillAct(intake, { account: owner.id, door: 'drives', side: 'inside' });
  if (isTrusted && may.ok) {
    await checkContents(rescan, findings.standing);
    await adoptStrangers(rescan, findings.strangers, found);
  }
  const waits = [memory.missing.end(), memory.strangers.end()].includes(true);
  return { again: waits || left > 0 || findings.more || !seen.complete, files: seen.files };
}

/** Those that have, or have reserved, a name in Arrivals: read before the disk, so that nothing new looks lost. */
async function readRows({ intake: { ledger }, owner }: Rescan): Promise<readonly ArrivalRow[]> {
  const rows: ArrivalRow[] = [];
  let after: FileId | null = null;
  for (;;) {
    const page = await ledger.publishedBelow(arrivalsDrop(owner.id), TOP, after, ROWS);
    rows.push(...page.map(toArrivalRow));
    after = page.at(-1)?.id ?? null;
    if (page.length < ROWS) return rows;
  }
}

/** What was seen of a home. */
interface Seen {
  readonly top: string | null;
  readonly findings: Findings;
  readonly files: number;
  /** Everything could be looked at. */
  readonly complete: boolean;
}

async function walkHome(rescan: Rescan, rows: readonly ArrivalRow[]): Promise<Seen> {
  const { drives } = rescan.intake.zones;
  const tree: DriveTree = { kind: 'arrivals', account: rescan.owner.name };
  const top = await drives.topOf(tree);
  const comparison = startComparison(rows);
  let [files, unread] = [0, 0];
  for await (const page of drives.walk(tree, PAGE)) {
    for (const found of page.files) comparison.see(found);
    for (const folder of page.folders) rescan.seeFolder(folder);
    for (const oddity of page.oddities) sayOddity(rescan, oddity);
    files += page.files.length;
    unread += page.unread;
  }
  return { top, findings: comparison.end(), files, complete: unread === 0 };
}

/** Whether what was looked at is the person's Arrivals, and not the place where its disk should be mounted. */
async function isHome(
  rescan: Rescan,
  rows: readonly ArrivalRow[],
  { top, findings }: Seen,
): Promise<boolean> {
  const { intake, owner, memory } = rescan;
  const mark = `drives-home:${owner.id}`;
  const arrived = rows.filter(({ state }) => state === 'arrived').length;
  if (!(await intake.zones.drives.isMounted('arrivals'))) return sayMissing(rescan, arrived);
  if (findings.standing.length + findings.moved.length > 0) {
    memory.told.delete('missing');
    if (top !== null && (await intake.ledger.readMark(mark)) !== top)
      await intake.ledger.writeMark(mark, top);
    return true;
  }
  if (arrived <= FEW) return true;
  return top !== null && (await intake.ledger.readMark(mark)) === top ? true : sayMissing(rescan, arrived);
}

function sayMissing({ intake, owner, memory }: Rescan, files: number): false {
  if (files > 0 && isNews(memory, 'missing')) {
    intake.log.error('drive-home-missing', {
      account: owner.id,
      files,
      message:
        'none of these files is in Arrivals any more: is its disk mounted? Nothing was recorded. If they are really ' +
        'gone, remove them in the ledger',
    });
  }
  return false;
}

function sayOddity({ intake, owner, memory }: Rescan, { path, kind }: FoundOddity): void {
  if (!isNews(memory, `oddity/${path}`)) return;
  intake.log.warn('drive-oddity', {
    account: owner.id,
    kind,
    message: 'something in Arrivals is neither file nor folder, or has an impossible name; it was left alone',
  });
}

function forget({ missing, strangers }: HomeMemory): void {
  missing.end();
  strangers.end();
}
