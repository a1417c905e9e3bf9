import type { UploadWriter } from '../../core/custody/upload-writer.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { type Refused, type Result, refuse } from '../../core/kit/result.ts';
import type { Refusal } from './refusals.ts';
import type { Attributes } from './wire/attributes.ts';

/**
 * A file that a session has open for writing.
 *
 * Once bytes could not be taken, nothing more is taken, and closing keeps the upload unfinished: an OK to CLOSE must
 * not stand for a file with a part missing.
 */
export class UploadHandle {
  readonly kind = 'upload';
  readonly writer: UploadWriter;
  readonly #isAppending: boolean;
  readonly #openedAt: Instant;
  #appended = 0;
  #mtime: Instant | null = null;
  #failure: Refused<Refusal> | Error | null = null;
  #isEnded = false;

  /** With `isAppending`, data goes to the end whatever its offset says (section 6.3, SSH_FXF_APPEND). */
  constructor(writer: UploadWriter, isAppending: boolean, openedAt: Instant) {
    this.writer = writer;
    this.#isAppending = isAppending;
    this.#openedAt = openedAt;
  }

  /** The offset that a WRITE stands for in the order of this handle. */
  offsetOf(offset: number, length: number): number {
    if (!this.#isAppending) return offset;
    this.#appended += length;
    return this.#appended - length;
  }

  /** Writes buffers that follow each other. Throws what the disk says, also for every later call. */
  async write(buffers: readonly Buffer[], offset: number): Promise<Result<void, Refusal>> {
    if (this.#failure instanceof Error) throw this.#failure;
    if (this.#failure !== null) return this.#failure;
    const position = this.#isAppending ? this.writer.size : offset;
    const written = await this.#orFail(() => this.writer.write(buffers, position));
    if (!written.ok) this.#failure = written;
    return written;
  }

  /** Cuts or extends. A refusal changes nothing, so that the handle goes on. */
  truncate(size: number): Promise<Result<void, Refusal>> {
    return this.#orFail(() => this.writer.truncate(size));
  }

  /** Makes durable what was written so far. */
  async sync(): Promise<void> {
    if (this.#failure instanceof Error) throw this.#failure;
    await this.#orFail(() => this.writer.sync());
  }

  set mtime(mtime: Instant) {
    this.#mtime = mtime;
    this.writer.clientMtime = mtime;
  }

  get attributes(): Attributes {
    return { kind: 'file', size: this.writer.size, mtime: this.#mtime ?? this.#openedAt };
  }

  /** Durable when it resolves with success (invariant 1). After a failure the upload stays resumable. */
  async close(): Promise<Result<void, Refusal>> {
    if (this.#failure === null) {
      this.#isEnded = true;
      return this.writer.finish(false);
    }
    await this.abandon();
    return this.#failure instanceof Error ? refuse('incomplete') : this.#failure;
  }

  /** The client is gone, or the file cannot be completed: what came stays resumable. Harmless after a close. */
  async abandon(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.writer.release();
  }

  async #orFail<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      this.#failure = cause instanceof Error ? cause : new Error('a write failed', { cause });
      throw this.#failure;
    }
  }
}
