import { chmod, type FileHandle, link, lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileId } from '../../core/kit/ids.ts';
import { copyFile, copyName, digestOf, dropCopies } from './copy-file.ts';
import { errnoError, hasCode, nullOn } from './errno.ts';
import type { FolderSync } from './folder-sync.ts';
import { openForReading, piecesOf } from './read-pieces.ts';
import { hasBytes, sameInode } from './same-bytes.ts';

/** A folder of files that are named by their id, in which nobody but the daemon gives names. */
export interface Shelf {
  readonly folder: string;
  readonly sync: FolderSync;
}

/**
 * Carries a file from one shelf to another, mode 0600, by link and unlink, since a rename would replace in silence; on
 * another file system, or where the file is another user's, it is copied, fsynced and the copy linked. The file is on
 * disk in its new place before its old name goes. Idempotent; false when it is in neither place. Throws EEXIST when
 * the new place has another file under the id.
 */
export async function carryFile(file: FileId, from: Shelf, to: Shelf): Promise<boolean> {
  const [old, target] = [join(from.folder, file), join(to.folder, file)];
  const source = await nullOn(openForReading(old), 'ENOENT');
  if (source === null) {
    await from.sync();
    return (await nullOn(lstat(target), 'ENOENT'))?.isFile() === true;
  }
  try {
    // What an earlier try left, also one that got as far as the link: it would be a second name of the bytes.
    await dropCopies(to.folder, file);
    if ((await give(file, source, old, to)) === 'occupied') await checkGiven(source, target);
  } finally {
    await source.close();
  }
  await chmod(target, 0o600);
  await to.sync();
  await nullOn(unlink(old), 'ENOENT');
  await from.sync();
  return true;
}

type Given = 'given' | 'occupied';

async function give(file: FileId, source: FileHandle, from: string, to: Shelf): Promise<Given> {
  await source.chmod(0o600).catch((error: unknown) => {
    if (!hasCode(error, 'EPERM')) throw error;
  });
  const target = join(to.folder, file);
  const linked = await tryLink(from, target);
  if (linked !== 'not-linkable') return linked;
  const copy = join(to.folder, copyName(file));
  try {
    await copyFile(source, copy);
    const given = await tryLink(copy, target);
    if (given === 'not-linkable') throw errnoError('EPERM', `${to.folder} takes no hard link`);
    return given;
  } finally {
    await nullOn(unlink(copy), 'ENOENT');
  }
}

/** What is under the id has to be what we carry: the same inode, or a complete copy of an earlier try. */
async function checkGiven(source: FileHandle, target: string): Promise<void> {
  const [ours, there] = [await source.stat({ bigint: true }), await lstat(target, { bigint: true })];
  if (sameInode(ours, there)) return;
  if (there.isFile() && there.size === ours.size && (await isCopy(source, target))) return;
  throw errnoError('EEXIST', `${target} is another file; nothing was changed`);
}

async function isCopy(source: FileHandle, target: string): Promise<boolean> {
  const other = await openForReading(target);
  try {
    const { size } = await source.stat();
    return await hasBytes(other, { size, sha256: await digestOf(piecesOf(source)) });
  } finally {
    await other.close();
  }
}

/** `not-linkable`: the two are on different file systems, or the file is another user's. */
async function tryLink(from: string, to: string): Promise<Given | 'not-linkable'> {
  try {
    await link(from, to);
    return 'given';
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return 'occupied';
    if (hasCode(error, 'EXDEV', 'EPERM', 'EMLINK')) return 'not-linkable';
    throw error;
  }
}
