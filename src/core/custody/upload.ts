import type { Instant } from '../kit/clock.ts';
import type { FileId } from '../kit/ids.ts';
import type { Result } from '../kit/result.ts';
import type { ArrivalPath, Drop } from './file.ts';
import { nameKey } from './names.ts';
import type { OpenRefusal } from './open-upload.ts';
import type { WriteRefusal } from './upload-writer.ts';

/** Why bytes were not taken: a small upload is begun with them, or after them, and may be refused only then. */
export type UploadRefusal = OpenRefusal | WriteRefusal;

/** Uploads that are open at a door now, by file: their size is known here before it is in the ledger. */
export type LiveUploads = Map<FileId, Upload>;

/**
 * Sees to it that uploads of a drop that were opened at a door are in the ledger before it is asked about them: all of
 * them, or those of one name.
 */
export async function appearAll(live: LiveUploads, drop: Drop, path?: ArrivalPath): Promise<void> {
  for (const upload of live.values()) {
    if (isIn(upload, drop) && (path === undefined || isSamePath(upload.path, path))) await upload.appear();
  }
}

function isIn({ drop }: Upload, { owner, leavesBy }: Drop): boolean {
  return drop.owner === owner && drop.leavesBy === leavesBy;
}

function isSamePath(one: ArrivalPath, other: ArrivalPath): boolean {
  return nameKey(one.name) === nameKey(other.name) && nameKey(one.folder) === nameKey(other.folder);
}

/**
 * An upload that a door has open for writing. Ends with `finish` or `release`: exactly one of them, once. Errors of
 * the disk are thrown. Calls but `size`, `keepAlive` and `appear` come one after the other.
 */
export interface Upload {
  readonly id: FileId;
  /** The drop that it was opened in, and its path there. */
  readonly drop: Drop;
  readonly path: ArrivalPath;
  /** Where the last byte ends. */
  readonly size: number;
  /** The modification time that the client asked to be shown. */
  clientMtime: Instant;
  /** Writes the buffers, one after the other, at `position`. Resolved means taken, not durable. */
  write(buffers: readonly Uint8Array[], position: number): Promise<Result<void, UploadRefusal>>;
  /** Makes everything that was written durable. */
  sync(): Promise<Result<void, UploadRefusal>>;
  /** Cuts or extends; an extension reads as zeros. */
  truncate(size: number): Promise<Result<void, UploadRefusal>>;
  /** Says that the client is alive. */
  keepAlive(): void;
  /** Resolves when the ledger knows of the upload, or when it cannot come to that. Never rejects. */
  appear(): Promise<void>;
  /** The client closed the file: `received` once bytes, directory entry and row are durable (invariant 1). */
  finish(complete: boolean): Promise<Result<void, UploadRefusal>>;
  /** The client is gone without a close: what came is kept and stays resumable. */
  release(): Promise<void>;
}
