import type { BigIntStats } from 'node:fs';
import { lstat, rename, unlink } from 'node:fs/promises';
import { hasCode, nullOn } from './errno.ts';
import type { Folder } from './folders.ts';
import { putBack, setAside } from './put-back.ts';

/** What became of a name: it is unlinked, was not there, or stands for something else and stays. */
export type Unlinked = 'unlinked' | 'absent' | 'replaced';

/**
 * Unlinks a name if it stands for what `isOurs` knows. Between a look and an unlink somebody could put another file
 * under the name, so it is renamed to `aside` first, a path that nobody else can reach, and looked at there. What is
 * not ours gets its name back, or stays aside under a name that ends in `-replaced`. Syncs nothing.
 */
export async function unlinkIf(
  folder: Folder,
  name: string,
  aside: string,
  isOurs: (stats: BigIntStats) => boolean,
): Promise<Unlinked> {
  const path = folder.child(name);
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'absent';
    if (hasCode(error, 'EXDEV')) return await unlinkInPlace(path, isOurs);
    throw error;
  }
  if (isOurs(await lstat(aside, { bigint: true }))) {
    await unlink(aside);
    return 'unlinked';
  }
  if (!(await putBack(aside, folder, name))) await setAside(aside);
  return 'replaced';
}

/** Where another file system is mounted further down: nothing on it is out of people's reach. */
async function unlinkInPlace(path: string, isOurs: (stats: BigIntStats) => boolean): Promise<Unlinked> {
  const stats = await nullOn(lstat(path, { bigint: true }), 'ENOENT');
  if (stats === null) return 'absent';
  if (!isOurs(stats)) return 'replaced';
  await unlink(path);
  return 'unlinked';
}
