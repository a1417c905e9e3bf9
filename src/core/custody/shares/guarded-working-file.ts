import type { Clock, Instant } from '../../kit/clock.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { type Check, holdAnswers } from './guard.ts';
import type { WorkingEntry, WorkingFile } from './ports.ts';
import type { ShareRefusal } from './working-refusal.ts';

/**
 * A working file that is open, for as long as the person has the right that each call needs: read to read, write to
 * change. A right that is taken away refuses the next call, 200 ms later at the latest; what was written stays.
 * Errors of the disk are thrown.
 */
export interface GuardedWorkingFile {
  /** As it was when it was opened; `look` says how it is now. */
  readonly size: number;
  readonly mtime: Instant;
  /** Reads up to `buffer.length` bytes at a position; fewer, or none, only at the end. Calls may overlap. */
  read(buffer: Uint8Array, position: number): Promise<Result<number, ShareRefusal>>;
  /** Writes all of the buffers, one after the other, at `position`. Durable after `sync` or `close`. */
  write(buffers: readonly Uint8Array[], position: number): Promise<Result<void, ShareRefusal>>;
  /** The end of the file now: where appending goes on. */
  end(): Promise<Result<number, ShareRefusal>>;
  truncate(size: number): Promise<Result<void, ShareRefusal>>;
  setMtime(mtime: Instant): Promise<Result<void, ShareRefusal>>;
  sync(): Promise<Result<void, ShareRefusal>>;
  look(): Promise<Result<WorkingEntry, ShareRefusal>>;
  /**
   * Closes the file; also after a refusal. What was written to is synced before, and said in the audit. An error of
   * the disk is thrown after the file is closed.
   */
  close(): Promise<void>;
}

/** What a guarded working file is made of. A way that it was not opened for has no check. */
export interface WorkingParts {
  readonly file: WorkingFile;
  readonly mayRead: Check<ShareRefusal> | null;
  readonly mayWrite: Check<ShareRefusal> | null;
  /** Opening it has changed it already: it was made, or cut. */
  readonly changed: boolean;
  /** Called once, before the first change of a file that had bytes; null when nobody has to be told. */
  readonly onChanging: (() => Promise<void>) | null;
  /** Called once by the close of a file that was changed, after its sync, with its size. */
  readonly onWritten: (size: number) => Promise<void>;
}

/** Puts the checks before every call on a working file. */
export function guardWorkingFile(parts: WorkingParts, clock: Pick<Clock, 'monotonic'>): GuardedWorkingFile {
  const { file } = parts;
  const toRead = guardOf(parts.mayRead, 'it was opened for writing only', clock);
  const toWrite = guardOf(parts.mayWrite, 'it was opened for reading only', clock);
  const either = parts.mayRead === null ? toWrite : toRead;
  let changed = parts.changed;
  let begun: Promise<void> | null = null;

  async function when<T>(
    check: Check<ShareRefusal>,
    act: () => Promise<T>,
  ): Promise<Result<T, ShareRefusal>> {
    const allowed = await check();
    return allowed.ok ? accept(await act()) : allowed;
  }
  async function change<T>(act: () => Promise<T>): Promise<Result<T, ShareRefusal>> {
    return when(toWrite, async () => {
      begun ??= parts.onChanging?.() ?? Promise.resolve();
      await begun;
      changed = true;
      return act();
    });
  }
  return {
    size: file.size,
    mtime: file.mtime,
    read: (buffer, position) => when(toRead, () => file.read(buffer, position)),
    write: (buffers, position) => change(() => file.write(buffers, position)),
    end: () => when(either, () => file.end()),
    truncate: (size) => change(() => file.truncate(size)),
    setMtime: (mtime) => when(toWrite, () => file.setMtime(mtime)),
    sync: () => when(either, () => file.sync()),
    look: () => when(either, () => file.look()),
    async close() {
      try {
        if (changed) await finishWriting(file, parts.onWritten);
      } finally {
        await file.close();
      }
    },
  };
}

async function finishWriting(file: WorkingFile, onWritten: WorkingParts['onWritten']): Promise<void> {
  try {
    await file.sync();
  } finally {
    await onWritten((await file.look()).size);
  }
}

function guardOf(
  check: Check<ShareRefusal> | null,
  why: string,
  clock: Pick<Clock, 'monotonic'>,
): Check<ShareRefusal> {
  return check === null ? async () => refuse('not-opened-so', why) : holdAnswers(check, clock);
}
