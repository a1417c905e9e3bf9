import type { Instant, Millis } from '../kit/clock.ts';
import type { Sha256 } from '../kit/digest.ts';
import type { AccountId, FileId } from '../kit/ids.ts';
import type { FileName, FolderPath } from './names.ts';
import type { FileState } from './states.ts';
import type { HoldReason } from './verdict.ts';

/** Names one generation of a file. A move made under an older generation is refused by compare-and-set. */
export interface FileRef {
  readonly id: FileId;
  /** Counts the writers an upload has had, and the starts its unfinished work has seen. */
  readonly generation: number;
}

/** Where a file's bytes are. `gone` when we unlinked the last name we know. */
export type BytesZone = 'airlock' | 'arrivals' | 'quarantine' | 'doomed' | 'gone';

/** Which door took a file in. */
export type IntakeDoor = 'sftp' | 'tus';

/**
 * Why a file went no further: an upload that was given up (`superseded`, `same-bytes`, `idle`, `write-failed`) or
 * taken back (`no-room`), malware that was found, or what a person has to decide.
 */
export type FileReason =
  | 'superseded'
  | 'same-bytes'
  | 'idle'
  | 'write-failed'
  | 'no-room'
  | 'malware'
  | HoldReason;

/** A name in a folder of a person's arrivals. */
export interface ArrivalPath {
  readonly folder: FolderPath;
  readonly name: FileName;
}

/** One byte sequence in our custody. Sizes are bytes; times are the server's. */
export interface CustodyFile extends FileRef {
  readonly owner: AccountId;
  readonly door: IntakeDoor;
  readonly state: FileState;
  /** The path outside, as the person sent it. Never shows `(2)`. */
  readonly path: ArrivalPath;
  /** The reserved or published path in Arrivals; null before admission. */
  readonly arrival: ArrivalPath | null;
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
  readonly expiresAt: Instant | null;
  /** The retention rule that set `expiresAt`, with its version. */
  readonly expiresRule: string | null;
  /** The warning that was sent last: so many milliseconds before `expiresAt`; null before the first. */
  readonly warnedBefore: Millis | null;
  /** When the one extension was given that a locked-out holder gets. */
  readonly extendedAt: Instant | null;
  readonly destroyedAt: Instant | null;
  /** Why it is held, quarantined, abandoned or removed; null for a file that goes its way. */
  readonly reason: FileReason | null;
  /** The arrived file that holds the same bytes under the same name; only for reason `same-bytes`. */
  readonly sameBytesAs: FileId | null;
}

/** True when a file can no longer be resumed, renamed or deleted from outside. */
export function isSettled(file: CustodyFile, now: Instant): boolean {
  if (file.state === 'receiving') return false;
  if (file.state === 'received' || file.state === 'inspecting')
    return file.settlesAt !== null && file.settlesAt <= now;
  return true;
}
