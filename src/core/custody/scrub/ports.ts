import type { Instant } from '../../kit/clock.ts';
import type { FileId } from '../../kit/ids.ts';
import type { CustodyFile, FileRef, InodeMark } from '../file.ts';
import type { SharePlace } from '../shares/ports.ts';
import type { PublishedName } from '../zone-ports.ts';

/** What the ledger knows of the reading again. */
export interface ScrubLedger {
  /**
   * Files with a digest whose bytes we keep, given to anybody or not, and that were not compared since `before` (those that never were:
   * that are older than it), the longest ago first. With them those in shares, until somebody has changed them.
   */
  filesToScrub(before: Instant, limit: number): Promise<readonly CustodyFile[]>;
  /** Notes that a file was compared, and what its inode was like then. False when the generation is past. */
  noteScrubbed(ref: FileRef, at: Instant, stamp: string | null): Promise<boolean>;
  /** Files whose bytes were found to be others, and are there still, by id. */
  damagedFiles(limit: number): Promise<readonly CustodyFile[]>;
  /** When what was compared the longest ago was compared, or came; null when there is nothing to compare. */
  oldestScrub(): Promise<Instant | null>;
}

/** Where the bytes of a file are that are read again. */
export type ScrubPlace =
  | { readonly zone: 'airlock' | 'quarantine'; readonly file: FileId }
  | { readonly zone: 'arrivals' | 'outbound'; readonly name: PublishedName }
  | { readonly zone: 'share'; readonly place: SharePlace };

/** What an inode is like. */
interface ScrubLook {
  readonly mark: InodeMark;
  /** Another one as soon as bytes, name or attributes were changed through the file system: as `FoundFile` has it. */
  readonly stamp: string;
}

/** A file that is open to be compared. Never follows a symbolic link. */
export interface ScrubReader {
  look(): Promise<ScrubLook>;
  /** The bytes from the first on; a piece is valid until the next one is asked for. Throws what the disk says. */
  pieces(): AsyncIterable<Uint8Array>;
  /**
   * Takes the permission to read from everybody but the daemon's own user, so that no mounted drive gives the bytes
   * away; with false, gives the zone's own mode back. Idempotent, and not synced: the next reading does it again. A file
   * of somebody else's stays as it is.
   */
  withhold(on: boolean): Promise<void>;
  close(): Promise<void>;
}

/** The zones, to be read again. */
export interface ScrubZone {
  /** Null when no regular file is there. */
  open(place: ScrubPlace): Promise<ScrubReader | null>;
}

/** How a run of scrubbing keeps out of the way of other work. */
export interface ScrubPace {
  /** Before each file: may wait; false ends the run. */
  next(): Promise<boolean>;
  /** After each piece: waits as long as the pace asks for so many bytes; false ends the run within the file. */
  took(bytes: number): Promise<boolean>;
}
