import type { FileHandle } from 'node:fs/promises';
import type { WorkingFile } from '../../core/custody/shares/ports.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { errnoError } from './errno.ts';
import { createOpenCalls } from './open-calls.ts';
import { readFully, toInstant } from './positioned-reader.ts';
import { toEntry } from './working-entry.ts';
import { writeAll } from './write-all.ts';

/**
 * An open working file. It closes `file`, and `folder`, after the calls under way. `folder` holds the name of a file
 * that was just made, null for others: the first `sync` fsyncs it too.
 */
export async function createWorkingFile(file: FileHandle, folder: FileHandle | null): Promise<WorkingFile> {
  const { size, mtimeMs } = await file.stat();
  let unsynced = folder;
  const calls = createOpenCalls(async () => {
    await file.close();
    await folder?.close();
  });

  async function syncAll(): Promise<void> {
    await file.sync();
    await unsynced?.sync();
    unsynced = null;
  }

  return {
    size,
    mtime: toInstant(mtimeMs),
    read: (buffer, position) => calls.run(() => readFully(file, buffer, position)),
    write: (buffers, position) => calls.run(() => writeAll(file, buffers, position)),
    end: () => calls.run(async () => (await file.stat()).size),
    truncate: (length) => calls.run(() => cut(file, length)),
    setMtime: (mtime) => calls.run(() => setMtime(file, mtime)),
    sync: () => calls.run(syncAll),
    look: () => calls.run(async () => toEntry(await file.stat())),
    close: () => calls.close(),
  };
}

/** Cuts or extends a file; EFBIG for a length that is none. */
export async function cut(file: FileHandle, length: number): Promise<void> {
  if (!Number.isSafeInteger(length) || length < 0) throw errnoError('EFBIG', `cannot cut at ${length}`);
  await file.truncate(length);
}

/** Sets the modification time; the time of the last access stays. */
export async function setMtime(file: FileHandle, mtime: Instant): Promise<void> {
  const { atimeMs } = await file.stat();
  await file.utimes(toSeconds(atimeMs), toSeconds(mtime));
}

/**
 * The system is given seconds as a floating-point number. Most milliseconds are a little less there, and would be
 * shown as the one before: a quarter of a microsecond more makes up for it.
 */
function toSeconds(milliseconds: number): number {
  const seconds = milliseconds / 1000;
  return Number.isInteger(seconds) ? seconds : seconds + 2.5e-7;
}
