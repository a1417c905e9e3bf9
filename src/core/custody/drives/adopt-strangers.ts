import { SECOND } from '../../kit/clock.ts';
import type { FileId } from '../../kit/ids.ts';
import { arrivalsDrop, type CustodyFile, type InodeMark } from '../file.ts';
import { damagedInodes } from '../scrub/damage.ts';
import { type ArrivalRow, isTelling, type Pair, pathText } from './compare.ts';
import { isNews, type Rescan } from './drives.ts';
import { MOST_EQUALS } from './find-copies.ts';
import type { MissingFound } from './find-missing.ts';
import { inTurn } from './in-turn.ts';
import type { DriveTree, FoundFile } from './ports.ts';
import { adopt } from './record.ts';

/**
 * Takes files that no row accounts for into the ledger, once they have stood still for the grace. Those that the
 * daemon itself is publishing or destroying have their rows, and are left alone; so are files that are held, and whose
 * names still stand here because their destruction was stopped: a person decides on them.
 */
export async function adoptStrangers(
  rescan: Rescan,
  strangers: readonly FoundFile[],
  { copied, replaced }: MissingFound,
): Promise<void> {
  const moved = new Set(copied.map(({ found }) => pathText(found.path)));
  // Their holders have them no more, and get them from nobody.
  const damaged = strangers.length === 0 ? new Set() : await damagedInodes(rescan.intake);
  const held = strangers.length === 0 ? new Map<InodeMark, CustodyFile>() : await heldHere(rescan);
  const stood = strangers.filter((found) => {
    if (damaged.has(found.mark)) return false;
    const file = found.ours && isTelling(found.mark) ? held.get(found.mark) : undefined;
    if (file !== undefined) return sayHeld(rescan, found, file);
    const path = pathText(found.path);
    return !moved.has(path) && rescan.memory.strangers.hasStood(path, found.stamp);
  });
  await inTurn(stood, (found) => adoptOne(rescan, found, replaced.get(pathText(found.path)) ?? null));
}

/**
 * Looks whether files that others can write to still hold the bytes of the ledger. One that was changed is
 * recorded as removed, and adopted as it is now; its clock goes on.
 */
export async function checkContents(rescan: Rescan, standing: readonly Pair[]): Promise<void> {
  const { intake, memory } = rescan;
  const present = new Set<FileId>();
  for (const { row, found } of standing) {
    present.add(row.id);
    if (row.size === found.size && !couldBeChanged(rescan, row, found)) continue;
    if (!memory.strangers.hasStood(pathText(found.path), found.stamp)) continue;
    const digest = await intake.zones.drives.digest(treeOf(rescan), found);
    if (digest === row.sha256) memory.known.set(row.id, found.stamp);
    else await adoptOne(rescan, found, row);
  }
  for (const id of memory.known.keys()) if (!present.has(id)) memory.known.delete(id);
}

/**
 * What only the daemon writes to is not read again. Of the rest, a file that was last touched before it was adopted
 * is as it was; a start has forgotten what was seen since.
 */
function couldBeChanged({ memory }: Rescan, row: ArrivalRow, found: FoundFile): boolean {
  if (found.ours && row.door !== 'drives') return false;
  const known = memory.known.get(row.id);
  if (known !== undefined) return known !== found.stamp;
  const untouched = row.door === 'drives' && found.changedAt < (row.arrivedAt ?? 0) - SECOND;
  if (untouched) memory.known.set(row.id, found.stamp);
  return !untouched;
}

async function adoptOne(rescan: Rescan, found: FoundFile, replaces: ArrivalRow | null): Promise<void> {
  const { intake } = rescan;
  const tree = treeOf(rescan);
  const at = intake.clock.now();
  const holder = await intake.ledger.arrivalAt(arrivalsDrop(rescan.owner.id), found.path);
  if (holder !== null && holder.id !== replaces?.id) return sayTaken(rescan, found, holder);
  if (!(await intake.zones.drives.sync(tree, found))) return sayUnreadable(rescan, found);
  const sha256 = await intake.zones.drives.digest(tree, found);
  if (sha256 === 'unreadable') return sayUnreadable(rescan, found);
  if (sha256 === 'changed') return;
  const equals = await intake.ledger.equalFiles({ size: found.size, sha256 }, MOST_EQUALS);
  if (equals.some((file) => isLeaving(file, found))) return;
  const held = equals.find((file) => file.state === 'held' && isNameOf(file, found));
  if (held !== undefined) return void sayHeld(rescan, found, held);
  await adopt(rescan, found, { sha256, at, equals }, replaces);
}

/** Its holder has removed it, or its time is over: its name stands until the job comes by. */
function isLeaving(file: CustodyFile, found: FoundFile): boolean {
  return (file.state === 'destroying' || file.state === 'removed') && isNameOf(file, found);
}

/** Whether a name is that of a file whose row has no name in Arrivals any more: by the inode, where it was kept. */
function isNameOf(file: CustodyFile, found: FoundFile): boolean {
  if (file.zone === 'gone' || file.zone === 'share') return false;
  return file.inode === null
    ? file.arrival !== null && pathText(file.arrival) === pathText(found.path)
    : file.inode === found.mark;
}

/** The owner's files that are held and have their bytes in Arrivals, by inode. */
async function heldHere({ intake, owner }: Rescan): Promise<ReadonlyMap<InodeMark, CustodyFile>> {
  const held = await intake.ledger.listFiles({ owner: owner.id, states: ['held'], limit: MOST_EQUALS });
  return new Map(
    held.flatMap((file) =>
      file.inode === null || file.zone !== 'arrivals' ? [] : [[file.inode, file] as const],
    ),
  );
}

function sayHeld({ intake, owner, memory }: Rescan, { mark }: FoundFile, { id }: CustodyFile): false {
  if (isNews(memory, `held/${mark}`)) {
    intake.log.warn('drive-oddity', {
      account: owner.id,
      kind: 'held',
      inode: mark,
      file: id,
      message: 'a name in Arrivals is that of a file that is held; it was left alone until a person decides',
    });
  }
  return false;
}

/** The name differs only in its spelling from that of another file; or the daemon was faster. */
function sayTaken({ intake, owner, memory }: Rescan, found: FoundFile, holder: CustodyFile): void {
  if (holder.arrival === null || pathText(holder.arrival) === pathText(found.path)) return;
  if (!isNews(memory, `taken/${found.mark}`)) return;
  intake.log.warn('drive-oddity', {
    account: owner.id,
    kind: 'name-taken',
    inode: found.mark,
    file: holder.id,
    message:
      'a file in Arrivals has the name of another but for its spelling; it is in no custody until it is renamed',
  });
}

function sayUnreadable({ intake, owner, memory }: Rescan, found: FoundFile): void {
  if (!isNews(memory, `unreadable/${found.mark}`)) return;
  intake.log.warn('drive-oddity', {
    account: owner.id,
    kind: 'unreadable',
    inode: found.mark,
    uid: found.uid,
    message:
      'a file in Arrivals cannot be read by the daemon; it is in no custody. Let the drive make files that the ' +
      "daemon's group may read",
  });
}

function treeOf({ owner }: Rescan): DriveTree {
  return { kind: 'arrivals', account: owner.name };
}
