import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { SharePlace, WorkingEntry } from '../../core/custody/shares/ports.ts';
import { nullOn } from './errno.ts';
import type { FolderWalk } from './folders.ts';
import { toInstant } from './positioned-reader.ts';
import { folderNamesOf } from './working-names.ts';

/** What stands under a place of a share; null when nothing does, or no folder leads there. */
export async function lookAt(walk: FolderWalk, place: SharePlace): Promise<WorkingEntry | null> {
  const names = folderNamesOf(place);
  if (names === null) return null;
  const found = await walk.find(names.slice(0, -1));
  if (typeof found === 'string') return null;
  await using folder = found;
  return await lookIn(folder.child(names.at(-1) ?? ''));
}

/** What stands under a path, whose last name is not followed; null when nothing does. */
export async function lookIn(path: string): Promise<WorkingEntry | null> {
  const stats = await nullOn(lstat(path), 'ENOENT', 'ENAMETOOLONG');
  return stats === null ? null : toEntry(stats);
}

export function toEntry(stats: Stats): WorkingEntry {
  return { kind: kindOf(stats), size: stats.size, mtime: toInstant(stats.mtimeMs) };
}

function kindOf(stats: Stats): WorkingEntry['kind'] {
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'other';
}
