import type { ReleasedReader } from '../../../core/custody/outbound/released-reader.ts';
import type { GuardedReader } from '../../../core/custody/shares/guarded-reader.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { Attributes } from '../wire/attributes.ts';
import type { FileHandle } from './file-handle.ts';
import { lengthOf, type Piece } from './piece.ts';
import { ReadAhead, type ReadSource } from './read-ahead.ts';
import type { ReadMemory } from './read-memory.ts';

/** What is open: an arrival, or a released file, which is to know what of it the client got. */
export type PublishedFile = GuardedReader<Refusal> | ReleasedReader;

/** A published file that a session has open: it is read, and never changes. */
export class ReadingHandle implements FileHandle {
  readonly kind = 'reading';
  readonly writes = false;
  readonly #file: PublishedFile;
  readonly #reads: ReadAhead;
  #isEnded = false;

  constructor(file: PublishedFile, memory: ReadMemory) {
    this.#file = file;
    this.#reads = new ReadAhead(sourceOf(file), memory, file.size);
  }

  async look(): Promise<Result<Attributes, Refusal>> {
    const { size, mtime } = this.#file;
    return accept({ kind: 'file', size, mtime, readOnly: true });
  }

  /** The SHA-256 of what is open, if the person may still read it. */
  async digest(): Promise<Result<string, Refusal>> {
    const allowed = await this.#reads.read(0, 0);
    if (!allowed.ok) return allowed;
    return this.#file.sha256 === null ? refuse('not-computed') : accept(this.#file.sha256);
  }

  asked(offset: number, length: number): void {
    if (offset < this.#file.size) this.#reads.asked(offset, Math.min(length, this.#file.size - offset));
  }

  async read(offset: number, length: number): Promise<Result<readonly Piece[], Refusal>> {
    const read = await this.#reads.read(offset, Math.min(length, Math.max(this.#file.size - offset, 0)));
    if (read.ok && 'sent' in this.#file) this.#file.sent(offset, offset + lengthOf(read.value));
    return read;
  }

  offsetOf(offset: number): number {
    return offset;
  }

  async write(): Promise<Result<never, Refusal>> {
    return refuse('not-opened-so');
  }

  async truncate(): Promise<Result<never, Refusal>> {
    return refuse('not-opened-so');
  }

  /** Accepted and ignored: programs that copy a file set its times as they go. */
  async setMtime(): Promise<Result<void, Refusal>> {
    return accept(undefined);
  }

  async sync(): Promise<Result<void, Refusal>> {
    return accept(undefined);
  }

  async close(): Promise<Result<void, Refusal>> {
    await this.#end(() => this.#file.close());
    return accept(undefined);
  }

  /** Of a released file this is no collection. */
  abandon(): Promise<void> {
    return this.#end(() => ('leave' in this.#file ? this.#file.leave() : this.#file.close()));
  }

  async #end(end: () => Promise<void>): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.#reads.end();
    await end();
  }
}

/** What is read ahead of a released file counts only once the client has it. */
function sourceOf(file: PublishedFile): ReadSource {
  return 'readAhead' in file ? { read: (buffer, position) => file.readAhead(buffer, position) } : file;
}
