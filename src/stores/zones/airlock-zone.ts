import { constants, type FileHandle, lstat, open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AirlockHandle, AirlockZone } from '../../core/custody/zone-ports.ts';
import { reach } from '../../core/kit/failpoint.ts';
import type { FileId } from '../../core/kit/ids.ts';
import type { AirlockGuard } from './airlock-guard.ts';
import { createAirlockHandle } from './airlock-handle.ts';
import type { ComingFiles } from './coming-files.ts';
import { errnoError, nullOn } from './errno.ts';
import type { FolderSync } from './folder-sync.ts';
import { listFolder } from './list-folder.ts';
import { openForReading, readPieces } from './read-pieces.ts';

/** What the airlock is made of. */
export interface AirlockParts {
  /** The folder that holds one file per id. */
  readonly folder: string;
  readonly syncFolder: FolderSync;
  readonly guard: AirlockGuard;
  readonly clone: AirlockZone['clone'];
  /** Bytes of the file system that are never given to uploads. */
  readonly keepFree: number;
  readonly coming: ComingFiles;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * The airlock on a POSIX folder. Errors of the system pass through with their `code`.
 *
 * `create` does not sync the folder: the first `sync` of a handle does. `unlink` syncs the folder also when the name
 * was gone, so that after it the name is gone on disk. `open` refuses with EBUSY a file that has been linked into
 * Arrivals, since what it writes would change published bytes (invariant 11).
 */
export function createAirlockZone(parts: AirlockParts): AirlockZone {
  const { folder, syncFolder, guard, coming } = parts;
  const pathOf = (file: FileId): string => join(folder, file);

  async function openWriter(file: FileId): Promise<FileHandle> {
    const handle = await open(pathOf(file), O_WRONLY | O_NOFOLLOW);
    try {
      const { nlink } = await regularStat(handle, file);
      if (nlink > 1) throw errnoError('EBUSY', `${file} has been published`);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** A new file, open for writing; null when the name is there. */
  function make(file: FileId): Promise<FileHandle | null> {
    return nullOn(open(pathOf(file), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600), 'EEXIST');
  }

  async function sizeHere(file: FileId): Promise<number | null> {
    const stats = await nullOn(lstat(pathOf(file)), 'ENOENT');
    return stats?.isFile() === true ? stats.size : null;
  }

  async function writerOf(file: FileId, openFile: () => Promise<FileHandle>): Promise<AirlockHandle> {
    await coming.gone(file);
    guard.check(file);
    const writer = guard.writing(file);
    try {
      return createAirlockHandle({
        file: await openFile(),
        syncFolder,
        check: () => guard.check(file),
        lost: (error) => guard.lost(file, error),
        closed: () => writer[Symbol.dispose](),
      });
    } catch (error) {
      writer[Symbol.dispose]();
      throw error;
    }
  }

  async function unlinkName(file: FileId): Promise<boolean> {
    await coming.gone(file);
    const found = await nullOn(
      unlink(pathOf(file)).then(() => true),
      'ENOENT',
    );
    if (found === true) reach('clear.airlock-unlinked');
    await syncFolder();
    return found === true;
  }

  return {
    async create(file) {
      const made = await make(file);
      if (made !== null) return made.close();
      const path = pathOf(file);
      if (!(await lstat(path)).isFile()) throw errnoError('EEXIST', `${path} is not a regular file`);
    },

    open: (file) => writerOf(file, () => openWriter(file)),
    begin: (file) => writerOf(file, async () => (await make(file)) ?? openWriter(file)),
    clone: parts.clone,

    bring: (file, bytes) => coming.bring(file, bytes),
    place: (file) => coming.place(file),
    turnAway: (file) => coming.turnAway(file),
    coming: () => coming.list(),

    // Another process may be placing it meanwhile.
    sizeOf: async (file) => (await sizeHere(file)) ?? (await coming.sizeOf(file)) ?? sizeHere(file),

    read: (file) =>
      readPieces(async () => {
        await coming.gone(file);
        return openForReading(pathOf(file));
      }),

    async unlink(file) {
      const found = await guard.unlinking(file, () => unlinkName(file));
      guard.forget(file);
      return found;
    },

    list: () => listFolder(folder),

    async room() {
      const stats = await statfs(folder);
      // Blocks are counted in fragments; not every Node 24 tells their size.
      return Math.max(0, stats.bavail * (stats.frsize || stats.bsize) - parts.keepFree);
    },
  };
}

async function regularStat(handle: FileHandle, file: FileId): Promise<{ readonly nlink: number }> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw errnoError('EINVAL', `${file} in the airlock is not a regular file`);
  return stats;
}
