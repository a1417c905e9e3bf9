import type { Instant } from '../../kit/clock.ts';
import type { Sha256 } from '../../kit/digest.ts';
import type { ArrivalPath, InodeMark } from '../file.ts';
import type { FolderPath } from '../names.ts';

/** A folder that desktops reach through a drive: a person's Arrivals, a share, or where a share's drops are put. */
export type DriveTree =
  | { readonly kind: 'arrivals'; readonly account: string }
  | { readonly kind: 'share'; readonly share: string }
  | { readonly kind: 'drop'; readonly share: string };

/** A regular file as it was found. */
export interface FoundFile {
  /** Below the top of its tree. */
  readonly path: ArrivalPath;
  readonly size: number;
  readonly mark: InodeMark;
  /** When its inode was made, by the file system's clock; null where the file system does not keep it. */
  readonly bornAt: Instant | null;
  /** When bytes, name or attributes of it were last changed: nobody can set it back. */
  readonly changedAt: Instant;
  /** Another one as soon as anything about the file has changed. */
  readonly stamp: string;
  readonly uid: number;
  /** The daemon's own user owns it. */
  readonly ours: boolean;
}

/** A folder as it was found. */
export interface FoundFolder {
  /** Below the top of its tree; the top itself is `''`. */
  readonly path: FolderPath;
  readonly mark: InodeMark;
}

/** What is neither file nor folder, or has a name that no door could say. It is never opened. */
export interface FoundOddity {
  readonly path: string;
  readonly kind: 'link' | 'special' | 'name';
}

/** A part of what a walk found. */
export interface WalkPage {
  readonly files: readonly FoundFile[];
  readonly folders: readonly FoundFolder[];
  readonly oddities: readonly FoundOddity[];
  /** Folders that could not be looked into: what is missing may be there. */
  readonly unread: number;
}

/**
 * The disk as desktops see it. Anything may change at any time. Paths are walked descriptor by descriptor: no
 * symbolic link is followed, no FIFO or device is opened. Names that begin with `.havengate-` are the daemon's and
 * are not shown. Errors of the disk are thrown, unless said otherwise.
 */
export interface DrivesZone {
  /** False when the folder of a zone is another one than at the start: its disk is not mounted. */
  isMounted(kind: DriveTree['kind']): Promise<boolean>;
  /** The folder of a tree; null when it is missing or is no folder. */
  topOf(tree: DriveTree): Promise<InodeMark | null>;
  /** All that is in a tree, in pages of about `limit` entries and in no order; nothing when the tree is missing. */
  walk(tree: DriveTree, limit: number): AsyncGenerator<WalkPage, void, undefined>;
  /** What stands under a path now; null when no regular file does. */
  look(tree: DriveTree, path: ArrivalPath): Promise<FoundFile | null>;
  /**
   * The digest of a found file, by one descriptor. `changed` when it is another file by now, or was changed since it
   * was found or while it was read; `unreadable` when the daemon may not read it.
   */
  digest(tree: DriveTree, found: FoundFile): Promise<Sha256 | 'changed' | 'unreadable'>;
  /** Makes a found name and its bytes durable. False when it is another file by now, or cannot be opened. */
  sync(tree: DriveTree, found: FoundFile): Promise<boolean>;
  /** Makes the folder for the drops of a share, with mode and group of the share's own. Idempotent. */
  makeDrop(share: string): Promise<void>;
  /** Unlinks a found file, durably; false when it is another one by now, or was changed. */
  unlink(tree: DriveTree, found: FoundFile): Promise<boolean>;
}
