import type { Instant } from '../kit/clock.ts';
import type { Sha256 } from '../kit/digest.ts';
import type { FileId } from '../kit/ids.ts';
import type { DrivesZone } from './drives/ports.ts';
import type { ArrivalPath, FileRef, InodeMark } from './file.ts';
import type { ScrubZone } from './scrub/ports.ts';
import type { PublishedReader, SharesZone } from './shares/ports.ts';

/** An open file in the airlock. Positions and sizes are bytes. Calls may overlap; `close` waits for them. */
export interface AirlockHandle {
  /** Writes all of the buffers, one after the other, at `position`. Throws an errno error; never retries fsync. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Resolves when the bytes and the directory entry are on disk. A failure is final: fail the file. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  /** The size on disk now. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** One name found in the airlock. */
export interface AirlockEntry {
  readonly name: string;
  readonly size: number;
  /** When its bytes, name or attributes were last changed, by the file system's clock. */
  readonly changedAt: Instant;
}

/** Where the bytes of another file are, for a file that begins with them. */
export type BytesPlace =
  | { readonly zone: 'airlock'; readonly file: FileId }
  | { readonly zone: 'arrivals'; readonly name: PublishedName };

/** The zone that only the daemon sees. Names are file ids; nothing in it is ever overwritten. */
export interface AirlockZone {
  /** Makes the empty file, mode 0600. Idempotent: an existing file is left as it is. */
  create(file: FileId): Promise<void>;
  open(file: FileId): Promise<AirlockHandle>;
  /** Makes the file and opens it, or opens the one that is there: `create` and `open` in one. */
  begin(file: FileId): Promise<AirlockHandle>;
  /**
   * Makes the file with the bytes of another by sharing its blocks (reflink), before it is begun. False, and no file,
   * where the file system cannot do that, or the other one is not there.
   */
  clone(file: FileId, from: BytesPlace): Promise<boolean>;
  /**
   * Makes a whole new file of a few bytes; resolves when they and its name are on disk. It is `coming`: the other
   * calls find it, but it stands apart until it is placed. When it rejects, nothing is there.
   */
  bring(file: FileId, bytes: Uint8Array): Promise<void>;
  /** A coming file has its row: it gets its place among the others. Idempotent. */
  place(file: FileId): Promise<void>;
  /** A coming file gets no row: its name is unlinked. Idempotent. */
  turnAway(file: FileId): Promise<void>;
  /** Files that are coming: between two steps, or left by a crash. */
  coming(): AsyncIterable<AirlockEntry>;
  /** Null when there is no such file. */
  sizeOf(file: FileId): Promise<number | null>;
  /**
   * The bytes from the first on, in pieces of up to 1 MiB; a piece is valid until the next one is asked for. Throws
   * when the file is missing.
   */
  read(file: FileId): AsyncIterable<Uint8Array>;
  /** Unlinks the name and syncs the directory. False when it was not there. */
  unlink(file: FileId): Promise<boolean>;
  list(): AsyncIterable<AirlockEntry>;
  /** Bytes that may still be written to the file system, after what the site wants kept free. */
  room(): Promise<number>;
}

/**
 * The folder of one person in a zone that people see: plain names, in `arrivals` the account's, in `outbound` the
 * share's and the account's.
 */
export type Home = readonly [account: string] | readonly [share: string, account: string];

/** What is to be published in Arrivals or outbound. */
export interface Publication {
  readonly file: FileId;
  readonly home: Home;
  readonly path: ArrivalPath;
  readonly size: number;
  readonly sha256: Sha256;
}

/**
 * How a publication ended.
 * - `published`: one link made the name; it and its folders are on disk.
 * - `already-published`: our own inode is there.
 * - `name-occupied`: something else has the name; nothing was changed.
 * - `bytes-missing`, `bytes-differ`: the airlock does not hold what was inspected; nothing was changed.
 */
export type PublicationOutcome =
  | 'published'
  | 'already-published'
  | 'name-occupied'
  | 'bytes-missing'
  | 'bytes-differ';

/** One published file: where its name is. */
export interface PublishedName {
  readonly home: Home;
  readonly path: ArrivalPath;
}

/** What stands under a published name. */
interface PublishedLook {
  readonly size: number;
  readonly mark: InodeMark;
  /** How many names the bytes have. */
  readonly names: number;
  /** Nobody but the daemon's own user may write to the bytes. */
  readonly oursAlone: boolean;
}

/** A regular file that was found in a zone of published files. */
export interface PublishedEntry {
  /** The folders that name the home; fewer than a home has when the file stands above one. */
  readonly home: readonly string[];
  /** Below the home. */
  readonly path: ArrivalPath;
  /** The daemon's own user owns it. */
  readonly ours: boolean;
}

/** A zone in which people see what was published to them: Arrivals inside, outbound outside. */
export interface PublishedZone {
  /**
   * Publishes by one link that refuses an existing name (invariant 3); by copy, fsync, digest check and link when
   * the airlock is on another file system or owned by another uid. Sets group and mode by descriptor before the
   * link. Idempotent. Never follows a symbolic link.
   */
  publish(publication: Publication): Promise<PublicationOutcome>;
  /** The size of a published file; null when nothing is there. */
  sizeOf(name: PublishedName): Promise<number | null>;
  /** The same and more of it; null when nothing, or no regular file, is there. */
  look(name: PublishedName): Promise<PublishedLook | null>;
  /** Every file that stands in the zone, in no order, but those that the daemon is just making. */
  list(): AsyncIterable<PublishedEntry>;
  /** The inode that a published name stands for; null when nothing, or no regular file, is there. */
  markOf(name: PublishedName): Promise<InodeMark | null>;
  /** As in the airlock. */
  read(name: PublishedName): AsyncIterable<Uint8Array>;
  /** Opens a published file for reading anywhere in it; null when it is not there. Never follows a symbolic link. */
  open(name: PublishedName): Promise<PublishedReader | null>;
  /** Removes the folder of a home. False when there is something in it; true also when it is not there. */
  removeHome(home: Home): Promise<boolean>;
  /** Removes the folders of a path that are empty, from the last one up; never the home. Failures are no matter. */
  prune(name: PublishedName): Promise<void>;
}

/** Where files go that a check said no to. Nobody reads there but the data team's tools. */
export interface QuarantineZone {
  /** Moves the file out of the airlock. Idempotent; false when it is in neither place. */
  take(file: FileId): Promise<boolean>;
  /** Moves the file back into the airlock, for two people have admitted it. Idempotent; false when it is in neither. */
  giveBack(file: FileId): Promise<boolean>;
  list(): AsyncIterable<AirlockEntry>;
  sizeOf(file: FileId): Promise<number | null>;
}

/** A file whose bytes are to be destroyed, and where its name is. */
export interface Doomed {
  readonly ref: FileRef;
  readonly from: 'airlock' | 'arrivals' | 'quarantine' | 'outbound' | 'gone';
  /** Put there by somebody else, and found by a rescan: the name need not be the daemon's own file. */
  readonly foreign?: boolean;
  /** The published name; only for `arrivals` and `outbound`. */
  readonly published: PublishedName | null;
  /** Null for a file that was never inspected: in the daemon's own zones its id says whose the bytes are. */
  readonly size: number | null;
  /** Null when the file was never inspected. */
  readonly sha256: Sha256 | null;
}

/**
 * How a destruction went on.
 * - `doomed`: the name was ours, with our bytes, and stands in the doomed folder alone.
 * - `gone`: the name is in neither place; an earlier run unlinked it.
 * - `replaced`: something else has the name. It was left alone, or put back where it was.
 */
export type DoomOutcome = 'doomed' | 'gone' | 'replaced';

/** One name found in a doomed folder. */
export interface DoomedName {
  readonly name: string;
  /** Where it is on disk, in words for an operator. */
  readonly path: string;
}

/** Where names go on their way to destruction: `airlock/doomed/<file id>-g<generation>`. */
export interface DoomedZone {
  /**
   * Renames the file's name into the doomed folder, if it is our file: size, digest and inode are compared, by one
   * descriptor, before and after the rename. Nothing is overwritten and no symbolic link followed. Idempotent.
   */
  take(doomed: Doomed): Promise<DoomOutcome>;
  /** Unlinks the doomed name and syncs. Returns how many names the bytes still have; null when it was gone. */
  unlink(ref: FileRef): Promise<number | null>;
  /** Every name that stands there, also those that are not a doomed file's. */
  list(): AsyncIterable<DoomedName>;
}

/** A name in a folder of the daemon's own in a zone that people see. */
export interface Leftover {
  readonly place: 'arrivals' | 'outbound' | 'shares';
  /** The folders that lead to it, from its zone on. */
  readonly folders: readonly string[];
  readonly name: string;
  /** Where it is below the data folder, in words for an operator. */
  readonly path: string;
  readonly isFile: boolean;
  readonly size: number;
  /** How many names its bytes have. */
  readonly links: number;
  /** When bytes, name or attributes of it were last changed. */
  readonly changedAt: Instant;
  /** Another one as soon as anything about it, or about its names, has changed. */
  readonly stamp: string;
}

/** The daemon's own folders in Arrivals, outbound and the shares: copies are made there, and names pass through. */
export interface LeftoversZone {
  /** Every name that stands there, also of what is being worked on. */
  list(): AsyncIterable<Leftover>;
  /** Unlinks one as it was found; false when it is gone or another by now. */
  drop(left: Leftover): Promise<boolean>;
}

/** The disk, as custody sees it. */
export interface Zones {
  readonly doomed: DoomedZone;
  readonly airlock: AirlockZone;
  readonly arrivals: PublishedZone;
  readonly outbound: PublishedZone;
  readonly quarantine: QuarantineZone;
  readonly shares: SharesZone;
  readonly drives: DrivesZone;
  readonly scrub: ScrubZone;
  readonly leftovers: LeftoversZone;
}
