import { createHash } from 'node:crypto';
import type { Sha256 } from '../../kit/digest.ts';
import { fileRecord, systemActor } from '../actors.ts';
import type { Intake } from '../custody.ts';
import { type CustodyFile, isSettled } from '../file.ts';
import { codeOf } from '../shares/carry-out.ts';
import { recordDamage } from './damage.ts';
import { recordMended } from './mend.ts';
import type { ScrubPace, ScrubReader } from './ports.ts';
import { scrubPlace } from './scrub-place.ts';

const ACTOR = systemActor('scrub-files');

/**
 * What came of comparing one file.
 * - `sound`: its bytes are those of its digest.
 * - `damaged`: they are not, and nobody changed them through the file system, or nobody could have; or the disk does
 *   not give them any more.
 * - `mended`: they were damaged, and are right again.
 * - `let-go`: somebody has changed or taken away what was moved to a share: a working file from now on.
 * - `changed`: somebody has changed or replaced what they may, and the rescan or the doctor tells of it.
 * - `missing`: nothing stands under its name, which the doctor tells of.
 * - `moved`: it moved meanwhile, and is looked at another time.
 * - `stopped`: the pace ended the run.
 */
export type Scrubbed =
  | 'sound'
  | 'damaged'
  | 'mended'
  | 'let-go'
  | 'changed'
  | 'missing'
  | 'moved'
  | 'stopped';

/**
 * Reads one file again and compares its digest. What is damaged is kept where it is, and given to nobody from then on,
 * for a person to decide; owner and data team are told, once. Where people may write, in a share and under a name that
 * a drive has put into Arrivals, a difference is damage only when the inode is as it was when the bytes were known to
 * be right. Safe to run beside everything else, and twice.
 */
export async function scrubFile(intake: Intake, file: CustodyFile, pace: ScrubPace): Promise<Scrubbed> {
  // Its sender may go on with it.
  if (!isSettled(file, intake.clock.now())) return 'moved';
  const place = await scrubPlace(intake, file);
  if (place === null) return 'moved';
  const reader = await intake.zones.scrub.open(place);
  if (reader === null) return missing(intake, file);
  try {
    const before = await reader.look();
    const found = await digestOf(reader, pace);
    if (found === 'stopped') return 'stopped';
    const { stamp, mark } = await reader.look();
    const seen = { found, mark, stamp: stamp === before.stamp ? stamp : null };
    if (found !== file.sha256) return await differs(intake, file, reader, seen);
    if (file.damagedAt !== null) return await recordMended(intake, file, reader, mark);
    return (await note(intake, file, seen.stamp)) ? 'sound' : 'moved';
  } finally {
    await reader.close();
  }
}

/** What a reading has found. */
interface Seen {
  readonly found: Sha256 | 'unreadable';
  readonly mark: string;
  /** Null when the inode was changed while it was read. */
  readonly stamp: string | null;
}

async function differs(
  intake: Intake,
  file: CustodyFile,
  reader: ScrubReader,
  { found, mark, stamp }: Seen,
): Promise<Scrubbed> {
  const now = await intake.ledger.fileById(file.id);
  if (
    now === null ||
    now.generation !== file.generation ||
    now.state !== file.state ||
    now.zone !== file.zone
  )
    return 'moved';
  if (file.damagedAt !== null && (file.zone !== 'share' || stamp === file.stamp)) {
    await reader.withhold(true);
    await note(intake, file, (await reader.look()).stamp);
    return 'damaged';
  }
  const unchanged = stamp !== null && stamp === file.stamp;
  if (file.zone === 'share') {
    if (!unchanged) return letGo(intake, file, 'changed-since');
  } else if (!unchanged && (isReplaced(file, mark) || file.door === 'drives')) {
    await note(intake, file, null);
    return 'changed';
  }
  return recordDamage(intake, file, reader, { found, unchanged });
}

/** Another inode has its published name: it is not our bytes that were altered. */
function isReplaced({ inode, zone }: CustodyFile, mark: string): boolean {
  return (zone === 'arrivals' || zone === 'outbound') && inode !== null && inode !== mark;
}

async function missing(intake: Intake, file: CustodyFile): Promise<Scrubbed> {
  if (file.zone === 'share') return letGo(intake, file, 'gone-since');
  await note(intake, file, null);
  return 'missing';
}

/** From now on it is a working file like any other: nobody vouches for its bytes, and nobody looks at it again. */
async function letGo(
  intake: Intake,
  file: CustodyFile,
  reason: 'changed-since' | 'gone-since',
): Promise<Scrubbed> {
  const at = intake.clock.now();
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: 'shared',
    to: 'shared',
    changes: { reason, stamp: null, damagedAt: null },
    audit: fileRecord(at, ACTOR, 'shared-file-let-go', file, { data: { reason, sha256: file.sha256 } }),
  });
  return moved === 'moved' ? 'let-go' : 'moved';
}

function note(intake: Intake, file: CustodyFile, stamp: string | null): Promise<boolean> {
  return intake.ledger.noteScrubbed(file, intake.clock.now(), stamp);
}

/** A disk that does not give the bytes any more has lost them like one that gives others. */
async function digestOf(reader: ScrubReader, pace: ScrubPace): Promise<Sha256 | 'unreadable' | 'stopped'> {
  const hash = createHash('sha256');
  try {
    for await (const piece of reader.pieces()) {
      hash.update(piece);
      if (!(await pace.took(piece.byteLength))) return 'stopped';
    }
  } catch (error) {
    if (codeOf(error) === 'EIO') return 'unreadable';
    throw error;
  }
  return hash.digest('hex') as Sha256;
}
