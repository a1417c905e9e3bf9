import type { GuardedWorkingFile } from '../../../core/custody/shares/guarded-working-file.ts';
import type { Instant } from '../../../core/kit/clock.ts';
import { accept, type Refused, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import { attributesOf } from '../views/working-attributes.ts';
import type { Attributes } from '../wire/attributes.ts';
import { AppendOffsets } from './append-offsets.ts';
import type { FileHandle } from './file-handle.ts';
import type { Piece } from './piece.ts';
import { ReadAhead } from './read-ahead.ts';
import type { ReadMemory } from './read-memory.ts';

/** How a working file was opened. */
export interface WorkingMode {
  readonly writes: boolean;
  /** Data goes to the end, whatever its offset says. */
  readonly isAppending: boolean;
}

/**
 * A working file that a session has open for reading, writing or both. Other sessions and desktops may have it open
 * too, so that nothing is read before it was asked for, and `look` asks the disk.
 *
 * Once bytes could not be written, closing is refused: an OK to CLOSE says that everything is on disk.
 */
export class WorkingHandle implements FileHandle {
  readonly kind = 'working';
  readonly writes: boolean;
  readonly #file: GuardedWorkingFile;
  readonly #reads: ReadAhead;
  readonly #offsets: AppendOffsets;
  #failure: Refused<Refusal> | null = null;
  #isEnded = false;

  constructor(file: GuardedWorkingFile, mode: WorkingMode, memory: ReadMemory) {
    this.#file = file;
    this.writes = mode.writes;
    this.#offsets = new AppendOffsets(mode.isAppending);
    this.#reads = new ReadAhead(file, memory, 0);
  }

  async look(): Promise<Result<Attributes, Refusal>> {
    const entry = await this.#file.look();
    return entry.ok ? accept(attributesOf(entry.value)) : entry;
  }

  asked(offset: number, length: number): void {
    this.#reads.asked(offset, length);
  }

  read(offset: number, length: number): Promise<Result<readonly Piece[], Refusal>> {
    return this.#reads.read(offset, length);
  }

  offsetOf(offset: number, length: number): number {
    return this.#offsets.offsetOf(offset, length);
  }

  write(buffers: readonly Buffer[], offset: number): Promise<Result<void, Refusal>> {
    return this.#change(async () => {
      const position = this.#offsets.isAppending ? await this.#file.end() : accept(offset);
      return position.ok ? this.#file.write(buffers, position.value) : position;
    });
  }

  truncate(size: number): Promise<Result<void, Refusal>> {
    return this.#change(() => this.#file.truncate(size));
  }

  setMtime(mtime: Instant): Promise<Result<void, Refusal>> {
    return this.#file.setMtime(mtime);
  }

  sync(): Promise<Result<void, Refusal>> {
    return this.#change(() => this.#file.sync());
  }

  async close(): Promise<Result<void, Refusal>> {
    await this.abandon();
    return this.#failure ?? accept(undefined);
  }

  /** What was written stays. */
  async abandon(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.#reads.end();
    await this.#file.close();
  }

  async #change(act: () => Promise<Result<void, Refusal>>): Promise<Result<void, Refusal>> {
    this.#reads.drop();
    let done: Result<void, Refusal> = refuse('not-kept');
    try {
      done = await act();
      return done;
    } finally {
      if (!done.ok && this.writes) this.#failure ??= done;
    }
  }
}
