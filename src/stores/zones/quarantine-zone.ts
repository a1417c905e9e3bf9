import type { FileHandle } from 'node:fs/promises';
import { chmod, link, lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { QuarantineZone } from '../../core/custody/ports.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { copyFile, copyName, dropCopies } from './copy-file.ts';
import { errnoError, hasCode, nullOn } from './errno.ts';
import type { FolderSync } from './folder-sync.ts';
import { openForReading } from './read-pieces.ts';

/** What the quarantine is made of. */
export interface QuarantineParts {
  readonly folder: string;
  readonly syncFolder: FolderSync;
  /** The airlock's folder of files. */
  readonly airlock: string;
  readonly syncAirlock: FolderSync;
}

/**
 * Quarantine on a POSIX folder: one file per id, mode 0600.
 *
 * `take` links and then unlinks, since a rename would replace in silence; on another file system it copies, fsyncs
 * and links the copy. The file is on disk in quarantine before its name leaves the airlock. Throws EEXIST when
 * quarantine has another file under the id.
 */
export function createQuarantineZone(parts: QuarantineParts): QuarantineZone {
  const sizeOf = async (path: string): Promise<number | null> => {
    const stats = await nullOn(lstat(path), 'ENOENT');
    return stats?.isFile() === true ? stats.size : null;
  };

  async function give(file: FileId, source: FileHandle, from: string, to: string): Promise<void> {
    await source.chmod(0o600).catch((error: unknown) => {
      if (!hasCode(error, 'EPERM')) throw error;
    });
    if (await tryLink(from, to)) return;
    await dropCopies(parts.folder, file);
    const copy = join(parts.folder, copyName(file));
    try {
      await copyFile(source, copy);
      await tryLink(copy, to);
    } finally {
      await nullOn(unlink(copy), 'ENOENT');
    }
  }

  /** What is under the id is what we are taking: the same inode, or a complete copy of an earlier try. */
  async function checkTaken(source: FileHandle, to: string): Promise<void> {
    const [ours, there] = [await source.stat(), await lstat(to)];
    if (!there.isFile() || there.size !== ours.size) {
      throw errnoError('EEXIST', `${to} is another file; nothing was changed`);
    }
  }

  return {
    async take(file) {
      const from = join(parts.airlock, file);
      const to = join(parts.folder, file);
      const source = await nullOn(openForReading(from), 'ENOENT');
      if (source === null) {
        await parts.syncAirlock();
        return (await sizeOf(to)) !== null;
      }
      try {
        await give(file, source, from, to);
        await checkTaken(source, to);
      } finally {
        await source.close();
      }
      await chmod(to, 0o600);
      await parts.syncFolder();
      await nullOn(unlink(from), 'ENOENT');
      await parts.syncAirlock();
      return true;
    },
    sizeOf: (file) => sizeOf(join(parts.folder, file)),
  };
}

/** False when the two are on different file systems, or the file is another user's. EEXIST counts as linked. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return true;
    if (hasCode(error, 'EXDEV', 'EPERM', 'EMLINK')) return false;
    throw error;
  }
}
