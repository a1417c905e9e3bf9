import type { AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import type { Sha256 } from '../../kit/digest.ts';
import type { AccountId, FileId } from '../../kit/ids.ts';
import type { Result } from '../../kit/result.ts';
import type { ArrivalPath, CustodyFile, Drop, FileRef, InodeMark, WorkingPath } from '../file.ts';
import type { FileName, FolderPath } from '../names.ts';
import type { FileMove, FolderEntry } from '../ports.ts';
import type { Home, PublishedName } from '../zone-ports.ts';

/** Moves from Arrivals to shares, and what was published to people, in the ledger. */
export interface SharesLedger {
  /**
   * A page of a folder of what was published to a person (states `arrived` and `released`, by the published path),
   * ordered by name key: the folders that hold something at any depth, and the files. Null when there is no such
   * folder; the top always is. A folder's `createdAt` is the publication of a file below it.
   */
  listPublished(
    drop: Drop,
    folder: FolderPath,
    page: { readonly after: FileName | null; readonly limit: number },
  ): Promise<readonly FolderEntry[] | null>;
  /** The published folder as it is spelled, or null; the top is always there. */
  findPublishedFolder(
    drop: Drop,
    folder: FolderPath,
  ): Promise<{ readonly path: FolderPath; readonly createdAt: Instant } | null>;
  /** The files that have a published name (any of the arrival states) in a folder or below it, by id. */
  publishedBelow(
    drop: Drop,
    folder: FolderPath,
    after: FileId | null,
    limit: number,
  ): Promise<readonly CustodyFile[]>;
  /** The file in state `moving` that has reserved this path of a share. */
  movingTo(path: WorkingPath): Promise<CustodyFile | null>;
  /** Files in state `moving` whose target is in this very folder of a share, by name key; at most `limit`. */
  movingInto(folder: Pick<WorkingPath, 'share' | 'folder'>, limit: number): Promise<readonly CustodyFile[]>;
  /** Stores how much of a move to another file system is copied. False when the generation is past. */
  noteCarried(ref: FileRef, bytes: number): Promise<boolean>;
  /**
   * Adds a file that somebody has put into Arrivals: in state `arrived`, with a digest and a verdict that says so. With
   * `replaces`, it takes the place of another, which is moved in the same transaction; `lost-race` when that one is
   * not as the move expects, and nothing was changed.
   */
  adoptFile(
    file: AdoptedFile,
    replaces: FileMove | null,
    audit: AuditRecord,
  ): Promise<'added' | 'name-taken' | 'lost-race'>;
  /** Files with these very bytes, of anybody and in any state, the newest first. */
  equalFiles(
    bytes: { readonly size: number; readonly sha256: Sha256 },
    limit: number,
  ): Promise<readonly CustodyFile[]>;
}

/** A file that was found in Arrivals and is in no row. */
export interface AdoptedFile {
  readonly id: FileId;
  readonly owner: AccountId;
  readonly path: ArrivalPath;
  readonly size: number;
  readonly sha256: Sha256;
  readonly inode: InodeMark;
  readonly at: Instant;
  readonly expiresAt: Instant;
  readonly expiresRule: string;
}

/** A published file that is open for reading. */
export interface PublishedReader {
  readonly size: number;
  readonly mtime: Instant;
  /** Reads up to `buffer.length` bytes at a position; fewer, or none, only at the end. Calls may overlap. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** What stands under a name of a share. `other`: a symbolic link, or what is neither file nor folder. */
export interface WorkingEntry {
  readonly kind: 'file' | 'folder' | 'other';
  readonly size: number;
  readonly mtime: Instant;
}

/** A line of a folder of a share. */
export interface NamedWorkingEntry extends WorkingEntry {
  readonly name: FileName;
}

/** A place in a share, by the names of its folder on disk. The top of the share is `''`. */
export interface SharePlace {
  /** The name of the share. */
  readonly share: string;
  readonly path: FolderPath;
}

/** How a working file is opened. At least one of `read` and `write`. */
export interface WorkingOpen {
  readonly read: boolean;
  readonly write: boolean;
  /** Make it when it is missing. */
  readonly create: boolean;
  /** With `create`: refuse an existing name. */
  readonly exclusive: boolean;
  readonly truncate: boolean;
}

/** What the disk of a share declines. Nothing was changed. */
export type WorkingRefusal =
  | 'not-found'
  | 'exists'
  | 'is-a-folder'
  | 'not-a-folder'
  | 'not-empty'
  | 'links'
  | 'other-disk'
  | 'name-invalid'
  | 'no-room';

/** A working file that is open. Writes are not durable before `sync`. Errors of the disk are thrown. */
export interface WorkingFile extends PublishedReader {
  /** Writes all of the buffers, one after the other, at `position`. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** The end of the file now: where appending goes on. */
  end(): Promise<number>;
  truncate(size: number): Promise<void>;
  setMtime(mtime: Instant): Promise<void>;
  sync(): Promise<void>;
  look(): Promise<WorkingEntry>;
}

/** A file on its way from Arrivals into a share. */
export interface Carriage {
  readonly file: FileId;
  readonly from: PublishedName;
  /** The name of the share, and the path in it. */
  readonly share: string;
  readonly to: ArrivalPath;
  readonly size: number;
  readonly sha256: Sha256;
}

/**
 * How the carrying went.
 * - `carried`: the bytes have their name in the share; it and its folders are on disk. Also when a run before did it.
 * - `name-occupied`: something else has the name, or a link or a file stands for a folder of it; nothing was changed.
 * - `bytes-missing`, `bytes-differ`: Arrivals does not hold what is in the ledger; nothing was changed.
 */
export type CarryOutcome = 'carried' | 'name-occupied' | 'bytes-missing' | 'bytes-differ';

/** A working file that is to be sealed: copied into the airlock, under the id of a new file. */
interface Sealing {
  readonly file: FileId;
  readonly from: SealSource;
}

/** Where a file to be sealed is: in a share, or `dropped` into the folder for drops of one. */
export interface SealSource extends SharePlace {
  readonly dropped?: boolean;
}

/** How the sealing went. `source-changing`: it was written to while it was copied, again and again. */
export type SealOutcome =
  | { readonly outcome: 'sealed'; readonly size: number; readonly mtime: Instant }
  | { readonly outcome: 'source-missing' | 'source-changing' };

/**
 * The group folders. People reach them by SFTP and by mounted drives, so anything may change at any time. Paths are
 * walked descriptor by descriptor, and no symbolic link is ever followed: not in the middle, not at the end.
 */
export interface SharesZone {
  /** Makes the folder of a share with the group and mode that the site has set for it. Idempotent. */
  make(share: string): Promise<void>;
  look(place: SharePlace): Promise<WorkingEntry | null>;
  /** The names of a folder, in pages of at most `limit`, in no order; null when it is no folder. `return()` closes. */
  list(place: SharePlace, limit: number): Promise<AsyncGenerator<readonly NamedWorkingEntry[]> | null>;
  open(place: SharePlace, how: WorkingOpen): Promise<Result<WorkingFile, WorkingRefusal>>;
  /** With `replace`, a file takes the place of another at once (rename(2)); else an existing name is refused. */
  rename(from: SharePlace, to: SharePlace, replace: boolean): Promise<Result<void, WorkingRefusal>>;
  /** Unlinks a file, or a symbolic link itself. */
  remove(place: SharePlace): Promise<Result<void, WorkingRefusal>>;
  makeFolder(place: SharePlace): Promise<Result<void, WorkingRefusal>>;
  /** Removes an empty folder. With `ours`, one that the daemon's own user owns; another is `not-found`. */
  removeFolder(place: SharePlace, only?: 'ours'): Promise<Result<void, WorkingRefusal>>;
  /** Cuts or extends a file, or sets its modification time. */
  change(
    place: SharePlace,
    change: { readonly size: number | null; readonly mtime: Instant | null },
  ): Promise<Result<void, WorkingRefusal>>;
  /** Bytes that may still be written to the share's file system. */
  room(share: string): Promise<number>;

  /** True when files of Arrivals can be linked into the share: the move is then independent of their size. */
  canLink(share: string): Promise<boolean>;
  /**
   * Gives the bytes their name in the share, by one link that refuses an existing name, or by copy, fsync, digest
   * check and link on another file system; folders on the way are made. The name in Arrivals stays. `onCopied` is told
   * how many bytes are copied, at most once for each 64 MiB. Idempotent: our own inode, or on another file system
   * our own bytes, under the name count as carried.
   */
  carry(carriage: Carriage, onCopied: (bytes: number) => void): Promise<CarryOutcome>;
  /**
   * After `carried` is durable in the ledger: unlinks the name in Arrivals if it is still the carried file, syncs,
   * removes folders that are empty now, and then gives the name in the share the share's group and mode. Idempotent.
   */
  finishCarrying(carriage: Carriage): Promise<void>;
  /**
   * Copies a working file into a new inode of the airlock that nobody else ever has open (invariant 11), by reflink
   * where the file system can, and fsyncs it. A source that changes while it is copied is copied again, a few times.
   * Idempotent: the whole copy of an earlier run stays, so that nothing changes that may have been digested.
   */
  seal(sealing: Sealing): Promise<SealOutcome>;
  /** Drops what sealing a file has left in the airlock: the copy, and copies in the making. Idempotent. */
  unseal(file: FileId): Promise<void>;
}

/** The home of a person in Arrivals, and in what was released to them by a share. */
export function homeOf(account: string, share: string | null): Home {
  return share === null ? [account] : [share, account];
}
