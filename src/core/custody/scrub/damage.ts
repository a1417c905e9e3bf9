import type { Instant } from '../../kit/clock.ts';
import type { Sha256 } from '../../kit/digest.ts';
import { fileRecord, systemActor } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { ArrivalPath, CustodyFile, Drop, InodeMark } from '../file.ts';
import { nameKey, splitPath } from '../names.ts';
import { hintNotices, noticesToDeciders } from '../notice.ts';
import type { FileMove } from '../ports.ts';
import { keptAside } from '../retention/kept-aside.ts';
import type { SharePlace } from '../shares/ports.ts';
import type { ScrubReader } from './ports.ts';

const ACTOR = systemActor('scrub-files');

/** More damaged files than that are the end of a disk. */
const MOST_DAMAGED = 1000;

/**
 * Records that a file's bytes are not those of its digest: from that row on it is given to nobody. What was published
 * is held, with its name, and so is what waits to be admitted or released; owner and data team are told. Then nobody but the daemon may read the bytes on disk.
 */
export async function recordDamage(
  intake: Intake,
  file: CustodyFile,
  reader: ScrubReader,
  { found, unchanged }: { readonly found: Sha256 | 'unreadable'; readonly unchanged: boolean },
): Promise<'damaged' | 'moved'> {
  const { ledger, clock, log } = intake;
  const at = clock.now();
  const notices = await noticesToDeciders(intake, file, 'file-damaged');
  const moved = await ledger.moveFile({
    ref: file,
    from: file.state,
    ...stopping(intake, file, at),
    nextGeneration: true,
    notices,
    audit: fileRecord(at, ACTOR, 'file-damaged', file, {
      data: { sha256: file.sha256, found, zone: file.zone, inodeUnchanged: unchanged },
    }),
  });
  if (moved !== 'moved') return 'moved';
  log.error('file-damaged', { file: file.id, zone: file.zone, expected: file.sha256, found });
  hintNotices(intake, notices);
  await reader.withhold(true);
  const { stamp } = await reader.look();
  await ledger.noteScrubbed({ id: file.id, generation: file.generation + 1 }, at, stamp);
  return 'damaged';
}

/** What becomes of a damaged file: whoever would get it next does not. */
function stopping(
  { policy }: Intake,
  { state }: CustodyFile,
  at: Instant,
): Pick<FileMove, 'to' | 'changes' | 'settledAt'> {
  switch (state) {
    case 'arrived':
    case 'released':
      return { to: 'held', changes: { damagedAt: at, reason: 'bytes-corrupt' } };
    case 'inspecting': {
      const changes = { damagedAt: at, reason: 'bytes-differ', ...keptAside(policy, 'held', at) } as const;
      return { to: 'held', settledAt: at, changes };
    }
    default:
      return { to: state, changes: { damagedAt: at } };
  }
}

/** The damaged file that has a published name; null when there is none. */
export async function damagedAt(
  { ledger }: Pick<Intake, 'ledger'>,
  drop: Drop,
  path: ArrivalPath,
): Promise<CustodyFile | null> {
  const key = ({ folder, name }: ArrivalPath) => `${nameKey(folder)}\n${nameKey(name)}`;
  const damaged = await ledger.damagedFiles(MOST_DAMAGED);
  return (
    damaged.find(
      ({ owner, leavesBy, arrival }) =>
        owner === drop.owner && leavesBy === drop.leavesBy && arrival !== null && key(arrival) === key(path),
    ) ?? null
  );
}

/** The inodes of damaged files that have names which people see. */
export async function damagedInodes({ ledger }: Pick<Intake, 'ledger'>): Promise<ReadonlySet<InodeMark>> {
  const damaged = await ledger.damagedFiles(MOST_DAMAGED);
  return new Set(damaged.flatMap(({ stamp }) => (stamp === null ? [] : [markIn(stamp)])));
}

/** True when a place of a share has damaged bytes, under whatever name they were moved there. */
export async function isDamaged(
  intake: Pick<Intake, 'ledger' | 'zones'>,
  place: SharePlace,
): Promise<boolean> {
  const damaged = await damagedInodes(intake);
  const path = splitPath(place.path);
  if (damaged.size === 0 || path === null) return false;
  const found = await intake.zones.drives.look({ kind: 'share', share: place.share }, path);
  return found !== null && damaged.has(found.mark);
}

/** The inode that a stamp is of. */
function markIn(stamp: string): InodeMark {
  return stamp.split('-').slice(0, 2).join('-');
}
