import { DAY, type Instant } from '../../kit/clock.ts';
import type { Sha256 } from '../../kit/digest.ts';
import { newId } from '../../kit/ids.ts';
import { fileRecord } from '../actors.ts';
import type { CustodyFile } from '../file.ts';
import type { FileMove, MoveOutcome } from '../ports.ts';
import type { ArrivalRow } from './compare.ts';
import { type Rescan, whoDid } from './drives.ts';
import type { SharedPlace } from './find-in-shares.ts';
import type { FoundFile } from './ports.ts';

/** The rule of a clock that began when the file was first seen. */
const FIRST_SEEN = 'drives/v1';

/** The rule of a clock that goes on from an equal file's, or from that of the file whose place it took. */
const INHERITED = 'inherited/v1';

/** When a file is to be destroyed, and by which rule. */
interface Due {
  readonly expiresAt: Instant;
  readonly expiresRule: string;
}

/**
 * Records that a file has another name in the same Arrivals. Also the new inode, where it was copied. Every record
 * of this room makes the next generation: jobs that know the old name come too late.
 */
export async function recordMoved(rescan: Rescan, row: ArrivalRow, found: FoundFile): Promise<MoveOutcome> {
  const { intake } = rescan;
  const { actor, by } = await whoDid(rescan, found);
  return intake.ledger.moveFile({
    ref: row,
    from: 'arrived',
    to: 'arrived',
    changes: { arrival: found.path, inode: found.mark },
    nextGeneration: true,
    audit: fileRecord(intake.clock.now(), actor, 'arrival-moved-by-drive', row, {
      data: { by, copied: row.inode !== found.mark },
      path: found.path,
    }),
  });
}

/** Records that a file is a working file of a share now, and in our custody no more. */
export async function recordShared(
  rescan: Rescan,
  row: ArrivalRow,
  { share, found }: SharedPlace,
): Promise<MoveOutcome> {
  const { intake } = rescan;
  await sayIfHeld(rescan, row, 'held-file-shared-by-drive');
  await intake.zones.drives.sync({ kind: 'share', share: share.name }, found);
  const { actor, by } = await whoDid(rescan, found);
  const moved = await intake.ledger.moveFile({
    ref: row,
    from: 'arrived',
    to: 'shared',
    changes: { zone: 'share', working: { share: share.id, ...found.path }, inode: found.mark },
    nextGeneration: true,
    audit: fileRecord(intake.clock.now(), actor, 'file-shared-by-drive', row, {
      data: { by, share: share.id, sha256: row.sha256, size: row.size, copied: row.inode !== found.mark },
      path: found.path,
    }),
  });
  // Its name there had not been cleared yet.
  if (moved === 'moved' && row.zone === 'airlock') await intake.zones.airlock.unlink(row.id);
  return moved;
}

/** Records that a file is gone from Arrivals, and nowhere to be found. */
export async function recordRemoved(rescan: Rescan, row: ArrivalRow): Promise<MoveOutcome> {
  await sayIfHeld(rescan, row, 'held-file-removed-by-drive');
  const moved = await rescan.intake.ledger.moveFile(await removal(rescan, row, null));
  if (moved === 'moved') clearLater(rescan, row);
  return moved;
}

/**
 * Takes a file into the ledger that was put into Arrivals by a drive; with `replaces`, in the place of one that it
 * was made from or that it took the name of. Its clock never begins anew by a copy or an edit: it goes on from the
 * replaced file's, else from that of the newest equal file that this person has had in Arrivals.
 */
export async function adopt(
  rescan: Rescan,
  found: FoundFile,
  bytes: { readonly sha256: Sha256; readonly at: Instant; readonly equals: readonly CustodyFile[] },
  replaces: ArrivalRow | null,
): Promise<'added' | 'name-taken' | 'lost-race'> {
  const { intake, owner } = rescan;
  const { sha256, at } = bytes;
  const id = newId('file', at);
  const due = dueOf(rescan, at, replaces, bytes.equals);
  const { path, size, mark: inode } = found;
  const { actor, by } = await whoDid(rescan, found);
  const audit = fileRecord(
    at,
    actor,
    'file-adopted',
    { id, owner: owner.id },
    {
      data: { by, sha256, size, ...due, replaces: replaces?.id ?? null },
      path,
    },
  );
  if (replaces !== null) await sayIfHeld(rescan, replaces, 'held-file-changed-by-drive');
  const added = await intake.ledger.adoptFile(
    { id, owner: owner.id, path, size, sha256, inode, at, ...due },
    replaces === null ? null : await removal(rescan, replaces, found),
    audit,
  );
  if (added === 'added') {
    rescan.memory.known.set(id, found.stamp);
    if (replaces !== null) clearLater(rescan, replaces);
  }
  return added;
}

function dueOf(
  { intake: { policy }, owner }: Rescan,
  at: Instant,
  replaces: ArrivalRow | null,
  equals: readonly CustodyFile[],
): Due {
  const equal = equals.find(
    (file) => file.owner === owner.id && file.leavesBy === null && file.arrivedAt !== null,
  );
  const inherited = (replaces ?? equal)?.expiresAt ?? null;
  const { arrivals } = policy.retention;
  if (inherited === null) return { expiresAt: at + arrivals, expiresRule: FIRST_SEEN };
  // Nobody loses within the hour what they have just put there: a day is left, for a warning too.
  return { expiresAt: Math.max(inherited, at + Math.min(DAY, arrivals)), expiresRule: INHERITED };
}

/** While its bytes are in the airlock still, the job that clears it has to come by. */
async function removal(rescan: Rescan, row: ArrivalRow, found: FoundFile | null): Promise<FileMove> {
  const { actor, by } = await whoDid(rescan, found);
  return {
    ref: row,
    from: 'arrived',
    to: 'removed',
    changes: row.zone === 'airlock' ? {} : { zone: 'gone' },
    nextGeneration: true,
    audit: fileRecord(rescan.intake.clock.now(), actor, 'file-removed-by-drive', row, {
      data: { by, sha256: row.sha256, size: row.size, changed: found !== null },
      path: row.arrival,
    }),
  };
}

function clearLater({ intake }: Rescan, row: ArrivalRow): void {
  if (row.zone !== 'airlock') return;
  intake.hints.hint({ job: 'clear-airlock', ref: { id: row.id, generation: row.generation + 1 } });
}

/** A hold cannot keep a desktop from anything; that it was broken is recorded like the rest, and said aloud. */
async function sayIfHeld({ intake }: Rescan, row: ArrivalRow, event: string): Promise<void> {
  const holds = await intake.ledger.holdsOn(row.id);
  if (holds.length > 0) intake.log.error(event, { file: row.id, holds: holds.map(({ id }) => id) });
}
