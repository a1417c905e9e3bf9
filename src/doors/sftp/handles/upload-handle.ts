import type { Upload } from '../../../core/custody/upload.ts';
import type { Instant } from '../../../core/kit/clock.ts';
import { accept, type Refused, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { Attributes } from '../wire/attributes.ts';
import { AppendOffsets } from './append-offsets.ts';
import type { FileHandle } from './file-handle.ts';

/** An upload that is not closed so many milliseconds after OPEN is begun: on a slow line WRITE and CLOSE take a while. */
const APPEARS_AFTER = 5000;

/**
 * An upload to a drop that a session has open for writing.
 *
 * Once bytes could not be taken, nothing more is taken, and closing keeps the upload unfinished: an OK to CLOSE must
 * not stand for a file with a part missing.
 */
export class UploadHandle implements FileHandle {
  readonly kind = 'upload';
  readonly writes = true;
  readonly writer: Upload;
  readonly #offsets: AppendOffsets;
  readonly #openedAt: Instant;
  #mtime: Instant | null = null;
  #failure: Refused<Refusal> | Error | null = null;
  #isEnded = false;
  readonly #appearing: NodeJS.Timeout;

  constructor(writer: Upload, isAppending: boolean, openedAt: Instant) {
    this.writer = writer;
    this.#offsets = new AppendOffsets(isAppending);
    this.#openedAt = openedAt;
    this.#appearing = setTimeout(() => void writer.appear(), APPEARS_AFTER);
    this.#appearing.unref();
  }

  async look(): Promise<Result<Attributes, Refusal>> {
    return accept({ kind: 'file', size: this.writer.size, mtime: this.#mtime ?? this.#openedAt });
  }

  asked(): void {}

  async read(): Promise<Result<never, Refusal>> {
    return refuse('no-reading-back');
  }

  offsetOf(offset: number, length: number): number {
    return this.#offsets.offsetOf(offset, length);
  }

  /** Throws what the disk says, also for every later call. */
  async write(buffers: readonly Buffer[], offset: number): Promise<Result<void, Refusal>> {
    if (this.#failure instanceof Error) throw this.#failure;
    if (this.#failure !== null) return this.#failure;
    const position = this.#offsets.isAppending ? this.writer.size : offset;
    const written = await this.#orFail(() => this.writer.write(buffers, position));
    if (!written.ok) this.#failure = written;
    return written;
  }

  /**
   * A refusal changes nothing, so that the handle goes on. After a failure nothing is cut or extended: OpenSSH's client
   * then asks for the size that it has had answers for, whether they were good or not, and a file that was made longer
   * would have zeros where bytes are missing.
   */
  async truncate(size: number): Promise<Result<void, Refusal>> {
    if (this.#failure instanceof Error) throw this.#failure;
    if (this.#failure !== null) return this.#failure;
    return this.#orFail(() => this.writer.truncate(size));
  }

  async setMtime(mtime: Instant): Promise<Result<void, Refusal>> {
    this.#mtime = mtime;
    this.writer.clientMtime = mtime;
    return accept(undefined);
  }

  async sync(): Promise<Result<void, Refusal>> {
    if (this.#failure instanceof Error) throw this.#failure;
    if (this.#failure !== null) return this.#failure;
    const synced = await this.#orFail(() => this.writer.sync());
    if (!synced.ok) this.#failure = synced;
    return synced;
  }

  /** Durable when it resolves with success (invariant 1). After a failure the upload stays resumable. */
  async close(): Promise<Result<void, Refusal>> {
    if (this.#failure === null) {
      this.#end();
      return this.writer.finish(false);
    }
    await this.abandon();
    return this.#failure instanceof Error ? refuse('incomplete') : this.#failure;
  }

  /** What came stays resumable. */
  async abandon(): Promise<void> {
    if (this.#isEnded) return;
    this.#end();
    await this.writer.release();
  }

  #end(): void {
    this.#isEnded = true;
    clearTimeout(this.#appearing);
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
