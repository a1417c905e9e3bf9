import type { Instant } from '../../../core/kit/clock.ts';
import type { Result } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { Attributes } from '../wire/attributes.ts';
import type { Piece } from './piece.ts';

/**
 * A file that a session has open, whatever kind it is. Requests on it come one after the other, in the order of its
 * lane. A kind that does not do what is asked refuses it. Errors of the disk are thrown.
 */
export interface FileHandle {
  /** `upload`: a drop's; `reading`: what was published; `working`: a working file, however it was opened. */
  readonly kind: 'upload' | 'reading' | 'working';
  /** Something may be lost when it is not closed: the door waits for it before it stops. */
  readonly writes: boolean;
  /** What FSTAT answers. */
  look(): Promise<Result<Attributes, Refusal>>;
  /** A READ of so many bytes has come, and is going to be done in its turn. */
  asked(offset: number, length: number): void;
  /** Reads up to `length` bytes: fewer only at the end, none at the end. The caller releases every piece. */
  read(offset: number, length: number): Promise<Result<readonly Piece[], Refusal>>;
  /** The offset that a WRITE stands for in the order of this handle. */
  offsetOf(offset: number, length: number): number;
  /** Writes buffers that follow each other. */
  write(buffers: readonly Buffer[], offset: number): Promise<Result<void, Refusal>>;
  /** Cuts or extends. */
  truncate(size: number): Promise<Result<void, Refusal>>;
  setMtime(mtime: Instant): Promise<Result<void, Refusal>>;
  /** Makes durable what was written so far. */
  sync(): Promise<Result<void, Refusal>>;
  /** Ends it as the client asked: OK means that what was written is durable. Not called again. */
  close(): Promise<Result<void, Refusal>>;
  /** Ends it because the client is gone. Harmless after `close`. */
  abandon(): Promise<void>;
}
