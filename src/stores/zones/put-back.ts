import { link, lstat, rename, unlink } from 'node:fs/promises';
import { hasCode, nullOn } from './errno.ts';
import type { Folder } from './folders.ts';
import { sameInode } from './same-bytes.ts';

/**
 * Gives what stands under `path` its name in `folder` back. Nothing is overwritten. False, with `path` as it was, when
 * the name is taken again, or a file cannot be linked there: the system refuses to link what belongs to others.
 * Safe to run again after a crash.
 */
export async function putBack(path: string, folder: Folder, name: string): Promise<boolean> {
  const back = folder.child(name);
  const stats = await lstat(path, { bigint: true });
  if (stats.isDirectory()) {
    if (!(await renameFolder(path, back))) return false;
    await folder.handle.sync();
    return true;
  }
  try {
    await link(path, back);
  } catch (error) {
    if (!hasCode(error, 'EEXIST', 'EPERM', 'EXDEV', 'EMLINK', 'ENOENT')) throw error;
    const there = await nullOn(lstat(back, { bigint: true }), 'ENOENT');
    if (there === null || !sameInode(there, stats)) return false;
  }
  await folder.handle.sync();
  await unlink(path);
  return true;
}

/** Leaves what is not ours where it is, under a name that nobody takes for a doomed one, for a person to look at. */
export async function setAside(path: string): Promise<void> {
  for (let n = 1; ; n++) {
    const aside = `${path}-replaced${n === 1 ? '' : `-${n}`}`;
    if ((await nullOn(lstat(aside), 'ENOENT')) !== null) continue;
    await rename(path, aside);
    return;
  }
}

/** Folders cannot be linked. A rename replaces an empty folder at most, and that one is not touched either. */
async function renameFolder(from: string, to: string): Promise<boolean> {
  if ((await nullOn(lstat(to), 'ENOENT')) !== null) return false;
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'ENOENT')) return false;
    throw error;
  }
}
