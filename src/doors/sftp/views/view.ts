import type { DigestQuery } from '../../../core/custody/digests/digest-query.ts';
import type { GuardedWorkingFile } from '../../../core/custody/shares/guarded-working-file.ts';
import type { WorkingOpen } from '../../../core/custody/shares/ports.ts';
import type { Upload } from '../../../core/custody/upload.ts';
import type { Result } from '../../../core/kit/result.ts';
import type { PublishedFile } from '../handles/reading-handle.ts';
import type { Refusal } from '../refusals.ts';
import type { AttributeChange, Attributes } from '../wire/attributes.ts';
import type { VirtualPath } from './virtual-path.ts';

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
  /** Ends a listing that keeps something open. Idempotent. */
  close?(): Promise<void>;
}

/** How a client wants a file opened (draft-ietf-secsh-filexfer-02 section 6.3). At least one of `read` and `write`. */
export type FileOpen = WorkingOpen;

/** A file that was opened, by what it is. Who asked ends it. */
export type OpenedFile =
  | { readonly kind: 'upload'; readonly writer: Upload }
  | { readonly kind: 'reading'; readonly file: PublishedFile }
  | { readonly kind: 'working'; readonly file: GuardedWorkingFile };

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
  /** `gone` is aborted when nobody waits for it any more: what has not begun then need not be. */
  open(path: VirtualPath, how: FileOpen, gone: AbortSignal): Promise<Result<OpenedFile, Refusal>>;
  /** Sets size or modification time. Where a time means nothing it is accepted and ignored. */
  change(path: VirtualPath, change: AttributeChange): Promise<Result<void, Refusal>>;
  /** Renames or moves. `replace`: where files may be overwritten, the target is. */
  rename(from: VirtualPath, to: VirtualPath, replace: boolean): Promise<Result<void, Refusal>>;
  remove(path: VirtualPath): Promise<Result<void, Refusal>>;
  makeFolder(path: VirtualPath): Promise<Result<void, Refusal>>;
  removeFolder(path: VirtualPath): Promise<Result<void, Refusal>>;
  /** A digest of a file, in lowercase hexadecimal. Rejects when the query's signal is aborted. */
  digest(path: VirtualPath, query: DigestQuery): Promise<Result<string, Refusal>>;
  /** Bytes that may still be written where a path is. */
  room(path: VirtualPath): Promise<Result<number, Refusal>>;
}
