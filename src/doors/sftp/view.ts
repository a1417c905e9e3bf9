import type { OpenMode } from '../../core/custody/open-upload.ts';
import type { UploadWriter } from '../../core/custody/upload-writer.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { Result } from '../../core/kit/result.ts';
import type { Refusal } from './refusals.ts';
import type { VirtualPath } from './virtual-path.ts';
import type { Attributes } from './wire/attributes.ts';

/** One thing that a path shows. */
export interface Entry {
  readonly attributes: Attributes;
  /** The state in a word, for the group column of `ls -l`. */
  readonly state: string;
}

/** A line of a folder. */
export interface NamedEntry extends Entry {
  readonly name: string;
}

/** A folder that is being listed. Pages come one after the other; an empty one is the end. */
export interface Listing {
  next(): Promise<Result<readonly NamedEntry[], Refusal>>;
}

/**
 * What the person of one session sees and may do on one side of the haven. The SFTP server in front of it knows the
 * protocol and nothing else; every method asks the core, which checks each time whether the person still may.
 */
export interface View {
  /** Where relative paths start. */
  readonly start: VirtualPath;
  /** The owner column of `ls -l`. */
  readonly owner: string;
  look(path: VirtualPath): Promise<Result<Entry, Refusal>>;
  list(path: VirtualPath): Promise<Result<Listing, Refusal>>;
  /** Why a file cannot be opened for reading: there is none, or reading is not for this side. */
  refuseReading(path: VirtualPath): Promise<Result<never, Refusal>>;
  /** The caller ends the writer with `finish` or `release`. */
  openForWriting(path: VirtualPath, mode: OpenMode): Promise<Result<UploadWriter, Refusal>>;
  /** Cuts or extends a file that nobody has open. */
  truncate(path: VirtualPath, size: number): Promise<Result<void, Refusal>>;
  setMtime(path: VirtualPath, mtime: Instant): Promise<Result<void, Refusal>>;
  rename(from: VirtualPath, to: VirtualPath): Promise<Result<void, Refusal>>;
  remove(path: VirtualPath): Promise<Result<void, Refusal>>;
  makeFolder(path: VirtualPath): Promise<Result<void, Refusal>>;
  removeFolder(path: VirtualPath): Promise<Result<void, Refusal>>;
  /** Bytes that may still be written. */
  room(): Promise<number>;
}

/** Uploads that are open at this door now, by file: their size is known here before it is in the ledger. */
export type LiveUploads = Map<UploadWriter['ref']['id'], UploadWriter>;
