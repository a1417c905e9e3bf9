import { type FileHandle, lstat } from 'node:fs/promises';
import type { ArrivalPath } from '../../core/custody/file.ts';
import { parseFileName, TOP } from '../../core/custody/names.ts';
import type { ArrivalsZone } from '../../core/custody/ports.ts';
import { errnoError, nullOn } from './errno.ts';
import type { FolderWalk } from './folders.ts';
import type { Publisher } from './publisher.ts';
import { openForReading, readPieces } from './read-pieces.ts';

/**
 * Arrivals on a POSIX folder: one folder per account. Paths are walked descriptor by descriptor, so a symbolic link
 * that someone plants is never followed: what is behind it reads as not there.
 */
export function createArrivalsZone(walk: FolderWalk, publish: Publisher): ArrivalsZone {
  async function openPublished(home: string, path: ArrivalPath): Promise<FileHandle> {
    await using folder = await walk.walk(folderNames(home, path), null);
    if (folder === null) throw errnoError('ENOENT', 'there is no such folder in Arrivals');
    return await openForReading(folder.child(path.name));
  }

  return {
    publish: async (publication) => publish(folderNames(publication.home, publication.path), publication),
    async sizeOf(home, path) {
      await using folder = await walk.walk(folderNames(home, path), null);
      if (folder === null) return null;
      const stats = await nullOn(lstat(folder.child(path.name)), 'ENOENT');
      return stats?.isFile() === true ? stats.size : null;
    },
    read: (home, path) => readPieces(() => openPublished(home, path)),
  };
}

/**
 * The folders that lead to a path, the home first. A home is one plain name; those that begin with a dot are the
 * zone's own. Throws at any other.
 */
export function folderNames(home: string, path: ArrivalPath): readonly string[] {
  if (!parseFileName(home).ok || home.startsWith('.'))
    throw new Error('the name of a home has to be a plain name');
  const folders = path.folder === TOP ? [] : path.folder.split('/');
  for (const name of [...folders, path.name]) {
    if (!parseFileName(name).ok) throw new Error('a path in Arrivals has to be made of plain names');
  }
  return [home, ...folders];
}
