import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { link, lstat, rename } from 'node:fs/promises';
import type { SharePlace, WorkingRefusal } from '../../core/custody/shares/ports.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import { hasCode, nullOn } from './errno.ts';
import type { Folder, FolderWalk } from './folders.ts';
import { openIncoming } from './incoming-folder.ts';
import { sameInode } from './same-bytes.ts';
import { unlinkIf } from './unlink-if.ts';
import { withPlace } from './working-place.ts';

type Renamed = Result<void, WorkingRefusal>;

/** A name in an open folder. */
interface Held {
  readonly folder: Folder;
  readonly name: string;
  readonly path: string;
}

/**
 * Renames a file or folder within the shares. A symbolic link, and what is neither file nor folder, is refused.
 *
 * Without `replace` nothing is overwritten, whoever is faster: a file gets its new name by link, which refuses an
 * existing one, and then loses the old one. After a crash between the two it has both. Where the system has no
 * link (another's file for a daemon that is not root), and for folders, Node has nothing better than a look before the
 * rename: a file of that name that comes in between is replaced, and of folders an empty one.
 */
export function renameWorking(
  walk: FolderWalk,
  from: SharePlace,
  to: SharePlace,
  replace: boolean,
): Promise<Renamed> {
  return withPlace(walk, from, (oldFolder, oldName) =>
    withPlace(walk, to, async (newFolder, newName) => {
      const old = { folder: oldFolder, name: oldName, path: oldFolder.child(oldName) };
      const path = newFolder.child(newName);
      const stats = await lstat(old.path, { bigint: true });
      const there = await nullOn(lstat(path, { bigint: true }), 'ENOENT');
      const refusal = refusalFor(stats, there, replace);
      if (refusal !== null) return refusal;
      if (stats.isDirectory()) return await renameFolder(old.path, path);
      if (replace) await rename(old.path, path);
      else await moveName(walk, from.share, old, path);
      return accept(undefined);
    }),
  );
}

function refusalFor(stats: BigIntStats, there: BigIntStats | null, replace: boolean): Renamed | null {
  if (!stats.isFile() && !stats.isDirectory()) return refuse('links');
  if (there === null) return null;
  if (!replace || stats.isDirectory()) return refuse('exists');
  if (there.isDirectory()) return refuse('is-a-folder');
  return there.isFile() ? null : refuse('links');
}

async function renameFolder(from: string, to: string): Promise<Renamed> {
  try {
    await rename(from, to);
    return accept(undefined);
  } catch (error) {
    if (hasCode(error, 'EINVAL')) return refuse('name-invalid', 'a folder cannot be moved into itself');
    if (hasCode(error, 'ENOTEMPTY', 'ENOTDIR')) return refuse('exists');
    throw error;
  }
}

async function moveName(walk: FolderWalk, share: string, old: Held, path: string): Promise<void> {
  try {
    await link(old.path, path);
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'EMLINK')) throw error;
    await rename(old.path, path);
    return;
  }
  const linked = await nullOn(lstat(path, { bigint: true }), 'ENOENT');
  // Somebody has taken the new name away again: the old one stays.
  if (linked === null) return;
  await using incoming = await openIncoming(walk, share);
  const aside = incoming.child(`renamed-${randomBytes(8).toString('hex')}`);
  await unlinkIf(old.folder, old.name, aside, (stats) => sameInode(stats, linked));
}
