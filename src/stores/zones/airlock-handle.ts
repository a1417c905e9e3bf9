import type { FileHandle } from 'node:fs/promises';
import type { AirlockHandle } from '../../core/custody/zone-ports.ts';
import { errnoError } from './errno.ts';
import type { FolderSync } from './folder-sync.ts';
import { writeAll } from './write-all.ts';

/** What a handle is made of. */
export interface HandleParts {
  /** Open for writing; the handle closes it. */
  readonly file: FileHandle;
  /** Syncs the folder that holds the file's name. */
  readonly syncFolder: FolderSync;
  /** Throws when an fsync of this file has failed before, through this handle or another. */
  readonly check: () => void;
  /** Told of a failed fsync, once for each. */
  readonly lost: (error: unknown) => void;
  /** Called once, after the descriptor is closed. */
  readonly closed: () => void;
}

/**
 * An airlock file open for writing.
 *
 * - `write` and `truncate` may overlap with each other; the caller sees to it that their order does not matter.
 * - `sync` covers what was asked for before it: it waits for the writes under way, then fsyncs data and, until that
 *   succeeded once, the folder. It also settles the folder entry for a file that an earlier process made.
 * - After a failed fsync every later call throws EIO, on every handle of the file.
 * - `close` waits for all calls under way; calls after it throw EBADF. Closing twice is harmless.
 */
export function createAirlockHandle(parts: HandleParts): AirlockHandle {
  const { file } = parts;
  const changes = new Set<Promise<void>>();
  const calls = new Set<Promise<unknown>>();
  let entrySynced = false;
  let closing: Promise<void> | null = null;

  function track<T>(set: Set<Promise<T>>, promise: Promise<T>): Promise<T> {
    set.add(promise);
    const done = (): void => void set.delete(promise);
    promise.then(done, done);
    return promise;
  }

  function begin<T>(work: () => Promise<T>): Promise<T> {
    if (closing !== null) return Promise.reject(errnoError('EBADF', 'the file is closed'));
    try {
      parts.check();
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    const call = work();
    void track(calls, call);
    return call;
  }

  async function syncAll(): Promise<void> {
    await Promise.allSettled(changes);
    const results = await Promise.allSettled([
      file.datasync(),
      entrySynced ? Promise.resolve() : parts.syncFolder(),
    ]);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      parts.lost(result.reason);
      throw result.reason;
    }
    entrySynced = true;
  }

  async function closeAll(): Promise<void> {
    try {
      await Promise.allSettled(calls);
      await file.close();
    } finally {
      parts.closed();
    }
  }

  return {
    write: (buffers, position) => begin(() => track(changes, writeAll(file, buffers, position))),
    truncate: (size) => begin(() => track(changes, file.truncate(size))),
    sync: () => begin(syncAll),
    size: () => begin(async () => (await file.stat()).size),
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
