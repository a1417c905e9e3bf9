import { lstat, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileRef } from '../../core/custody/file.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { nullOn } from './errno.ts';
import { syncFolder } from './folder-sync.ts';
import { openForReading } from './read-pieces.ts';

/** A name on its way to destruction: `<file id>-g<generation>` in a doomed folder. */
export interface DoomedEntry {
  readonly folder: string;
  readonly path: string;
  readonly generation: number;
}

export function entryPath(folder: string, { id, generation }: FileRef): string {
  return join(folder, `${id}-g${generation}`);
}

/**
 * The newest entry of a file, of this generation or one before; null when there is none. Earlier ones count, since a
 * restart gives unfinished work the next generation.
 */
export async function findEntry(
  folders: readonly string[],
  { id, generation }: FileRef,
): Promise<DoomedEntry | null> {
  const entries: DoomedEntry[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      const of = generationOf(name, id);
      if (of !== null && of <= generation) entries.push({ folder, path: join(folder, name), generation: of });
    }
  }
  return entries.toSorted((one, other) => other.generation - one.generation)[0] ?? null;
}

/**
 * Renames what stands under `path` to `entry`. False when there was nothing, or when there is such an entry by now:
 * a rename would replace it. Nobody but us gives names in a doomed folder.
 */
export async function renameToEntry(path: string, entry: string): Promise<boolean> {
  if ((await nullOn(lstat(entry), 'ENOENT')) !== null) return false;
  return wasThere(rename(path, entry));
}

/** Unlinks an entry and syncs its folder. Returns how many names the file has left; null when there was no entry. */
export async function unlinkEntry(folder: string, ref: FileRef): Promise<number | null> {
  const path = entryPath(folder, ref);
  const file = await nullOn(openForReading(path), 'ENOENT');
  if (file === null) {
    // An earlier run may have been stopped between the two.
    await syncFolder(folder);
    return null;
  }
  try {
    const unlinked = await wasThere(unlink(path));
    await syncFolder(folder);
    return unlinked ? (await file.stat()).nlink : null;
  } finally {
    await file.close();
  }
}

/** Null for the name of another file, and for one that was set aside. */
function generationOf(name: string, id: FileId): number | null {
  if (!name.startsWith(`${id}-g`)) return null;
  const digits = name.slice(id.length + 2);
  return /^\d+$/.test(digits) ? Number(digits) : null;
}

async function wasThere(call: Promise<void>): Promise<boolean> {
  const done = await nullOn(
    call.then(() => true),
    'ENOENT',
  );
  return done === true;
}
