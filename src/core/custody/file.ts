import type { Instant, Millis } from '../kit/clock.ts';
import type { Sha256 } from '../kit/digest.ts';
import type { AccountId, FileId, ShareId } from '../kit/ids.ts';
import type { FileName, FolderPath } from './names.ts';
import type { FileState } from './states.ts';
import type { HoldReason } from './verdict.ts';

/** Names one generation of a file. A move made under an older generation is refused by compare-and-set. */
export interface FileRef {
  readonly id: FileId;
  /** Counts the writers an upload has had, and the starts its unfinished work has seen. */
  readonly generation: number;
}

/**
 * Where a file's bytes are.
 * - `carried`: they have their name in a share, and perhaps the old one in Arrivals still.
 * - `share`: they are a working file now, and in our custody no more.
 * - `gone`: we unlinked the last name we know, or somebody else did.
 */
export type BytesZone =
  | 'airlock'
  | 'arrivals'
  | 'quarantine'
  | 'outbound'
  | 'doomed'
  | 'carried'
  | 'share'
  | 'gone';

/** Whether we answer for bytes there: in a share they are people's own. */
export function isInCustody(zone: BytesZone): boolean {
  return zone !== 'gone' && zone !== 'share';
}

/**
 * Which door took a file in. `drives`: somebody put it into Arrivals, or into the folder for drops of a share, through
 * a mounted drive. `share`: it was sealed from a working file. `unknown`: it was found in the airlock, in no row.
 */
export type IntakeDoor = 'sftp' | 'tus' | 'drives' | 'share' | 'unknown';

/**
 * A place where one person puts files that the haven's wall is to let through: their arrivals, seen from outside
 * (`leavesBy` null), or the outbound folder of a share, seen from inside. Each drop has folders and names of its own.
 */
export interface Drop {
  readonly owner: AccountId;
  /** The share that files leave by; null for files on their way in. */
  readonly leavesBy: ShareId | null;
}

/** The drop of what a person sends in. */
export function arrivalsDrop(owner: AccountId): Drop {
  return { owner, leavesBy: null };
}

/** A working file in a share. */
export interface WorkingPath extends ArrivalPath {
  readonly share: ShareId;
}

/**
 * Which inode a name stood for: `<inode>-<birth time in nanoseconds>`. With the zone it says that a file found under
 * another name is the same one. Inode numbers alone are used again.
 */
export type InodeMark = string;

/**
 * Why a file went no further: an upload that was given up (`superseded`, `same-bytes`, `idle`, `write-failed`) or
 * taken back (`no-room`, `not-continued`), a longer one that took its place (`superseded` too), malware that was found,
 * bytes that were altered where they are stored (`bytes-corrupt`), a file of a share that people have changed or taken
 * away since (`changed-since`, `gone-since`), a move that came to nothing, or what a person has to decide.
 */
export type FileReason =
  | 'superseded'
  | 'same-bytes'
  | 'idle'
  | 'write-failed'
  | 'no-room'
  | 'orphan'
  | 'not-continued'
  | 'malware'
  | 'bytes-corrupt'
  | 'changed-since'
  | 'gone-since'
  | SealingFault
  | MovingFault
  | HoldReason;

/** Why a working file could not be sealed: it is gone, was being changed all the time, or the right was taken. */
export type SealingFault = 'source-missing' | 'source-changing' | 'right-withdrawn';

/**
 * Why a move into a share was given up, and the file is in Arrivals as before: something else has the name there, the
 * share was closed, full, or not to be written to, the right was taken, or Arrivals does not hold what it should.
 */
export type MovingFault =
  | 'name-occupied'
  | 'share-closed'
  | 'share-full'
  | 'share-unwritable'
  | 'right-withdrawn'
  | 'bytes-differ'
  | 'bytes-missing';

/** A name in a folder: of a drop, of Arrivals, of what was released to a person, or of a share. */
export interface ArrivalPath {
  readonly folder: FolderPath;
  readonly name: FileName;
}

/** One byte sequence in our custody. Sizes are bytes; times are the server's. */
export interface CustodyFile extends FileRef, Drop {
  readonly owner: AccountId;
  /** The share that it leaves by; null for a file on its way in. */
  readonly leavesBy: ShareId | null;
  readonly door: IntakeDoor;
  readonly state: FileState;
  /** The path in its drop, as the person sent it. Never shows `(2)`. */
  readonly path: ArrivalPath;
  /** The reserved or published path: in Arrivals, or in what was released to its owner. Null before that. */
  readonly arrival: ArrivalPath | null;
  /** The working file: what it was sealed from, or where it is moved to. */
  readonly working: WorkingPath | null;
  /** Bytes that were copied so far by a move to another file system; null when nothing is copied. */
  readonly carried: number | null;
  /** The inode of the published name; null before that, and for files of before it was kept. */
  readonly inode: InodeMark | null;
  readonly zone: BytesZone;
  /** Bytes received; in `receiving`, what is known to be durable, without a gap, from the first byte on. */
  readonly size: number;
  /** What the client said the size will be; null when it did not say (SFTP). */
  readonly declaredSize: number | null;
  /** Something was written beyond `size` before the bytes between had come. Only in `receiving`. */
  readonly gap: boolean;
  /** The modification time that the client claims; for display only. */
  readonly clientMtime: Instant | null;
  readonly createdAt: Instant;
  readonly lastByteAt: Instant;
  readonly receivedAt: Instant | null;
  /** When the file settles; null while it is open, and for partial names. In the past: settled. */
  readonly settlesAt: Instant | null;
  /** When the inspection of this generation was recorded. */
  readonly inspectedAt: Instant | null;
  readonly sha256: Sha256 | null;
  /** Media type found in the content; null when unknown. */
  readonly contentType: string | null;
  readonly arrivedAt: Instant | null;
  readonly releasedAt: Instant | null;
  /** When its owner first had all of it downloaded. */
  readonly collectedAt: Instant | null;
  readonly expiresAt: Instant | null;
  /** The retention rule that set `expiresAt`, with its version. */
  readonly expiresRule: string | null;
  /** The warning that was sent last: so many milliseconds before `expiresAt`; null before the first. */
  readonly warnedBefore: Millis | null;
  /** When the one extension was given that a locked-out holder gets. */
  readonly extendedAt: Instant | null;
  readonly destroyedAt: Instant | null;
  /** When its bytes were last read and compared by scrubbing; null before the first time. */
  readonly scrubbedAt: Instant | null;
  /** What its inode was like when its bytes were last known to be right, or were withheld; null when nobody knows. */
  readonly stamp: string | null;
  /** When its bytes were found to be others than those of its digest; null for all others. They are given to nobody. */
  readonly damagedAt: Instant | null;
  /**
   * Why it is held, quarantined, abandoned or removed, or why its last move was given up; null for a file that goes
   * its way.
   */
  readonly reason: FileReason | null;
  /** The arrived file that holds the same bytes under the same name; only for reason `same-bytes`. */
  readonly sameBytesAs: FileId | null;
  /** The settled file that this one began with the bytes of: its sender went on with it after it had settled. */
  readonly continues: FileId | null;
}

/** True when a file can no longer be resumed, renamed or deleted in its drop. */
export function isSettled(file: CustodyFile, now: Instant): boolean {
  if (file.state === 'receiving') return false;
  if (file.state === 'received' || file.state === 'inspecting')
    return file.settlesAt !== null && file.settlesAt <= now;
  return true;
}
