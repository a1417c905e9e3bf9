import { constants, type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { hasCode, nullOn } from './errno.ts';

/** Mode and group of what people see. A null group leaves the one that the system gives. */
export interface Attributes {
  readonly mode: number;
  readonly gid: number | null;
}

/** The mode of a folder whose files have this mode: whoever may read a file may enter its folder. */
export function folderMode(fileMode: number): number {
  return 0o700 | ((fileMode & 0o444) >> 2) | (fileMode & 0o044);
}

/**
 * Mode and group of a share's folders, by those of its files: whoever may write a file may give names. With the
 * set-group-id bit, what a desktop makes in the folder gets the share's group, too.
 */
export function shareFolders({ mode, gid }: Attributes): Attributes {
  const setGroup = gid === null ? 0 : 0o2000;
  return { mode: 0o700 | (mode & 0o066) | ((mode & 0o044) >> 2) | setGroup, gid };
}

/** A folder held by descriptor: names below it resolve there, whatever becomes of the path that led to it. */
export interface Folder extends AsyncDisposable {
  readonly handle: FileHandle;
  /** The path of a name in it, for calls that do not follow a symbolic link in the last place. */
  child(name: string): string;
  /** The path of the folder itself, for calls that take its names by a path. */
  readonly path: string;
}

/** Where folders may be made on the way, and how. Null: never make one. */
type MakeFolders = Attributes | null;

/** Walks down from a folder name by name, never through a symbolic link. */
export interface FolderWalk {
  /**
   * The folder at the end of `names`; null when one of them is missing (and may not be made), is a symbolic link, or
   * is no folder. When it resolves, every folder on the way is on disk: the parent of a new one, and of one that
   * this process has not seen yet, is fsynced. Other errors pass through. Dispose the folder to close it.
   */
  walk(names: readonly string[], make: MakeFolders): Promise<Folder | null>;
  /** The same without ever making one, and says what is in the way. */
  find(names: readonly string[]): Promise<Folder | NoFolder>;
}

/** Why there is no folder: a name is missing, is a symbolic link, or is a file or something else. */
export type NoFolder = 'absent' | 'link' | 'no-folder';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** How many folders are remembered as synced before the memory starts anew. */
const REMEMBERED = 10_000;

/** A walk from `root`, which may itself be a symbolic link: the site decides where its zones are. */
export function createFolderWalk(root: string): FolderWalk {
  const synced = new Set<string>();

  /** Syncs the entry of `child` in `parent`, unless this process did so for this very folder. */
  async function syncEntry(parent: Folder, child: FileHandle): Promise<void> {
    // The inode number alone may have been used again for a folder that took the place of a removed one.
    const { dev, ino, birthtimeNs } = await child.stat({ bigint: true });
    const key = `${dev}:${ino}:${birthtimeNs}`;
    if (synced.has(key)) return;
    await parent.handle.sync();
    if (synced.size >= REMEMBERED) synced.clear();
    synced.add(key);
  }

  async function step(parent: Folder, name: string, make: MakeFolders): Promise<Folder | NoFolder> {
    const path = parent.child(name);
    let handle = await openFolder(path);
    if (handle === 'absent' && make !== null) {
      await makeFolder(path, make, true);
      handle = await openFolder(path);
    }
    if (typeof handle === 'string') return handle;
    try {
      if (make !== null) await syncEntry(parent, handle);
      return toFolder(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async function descend(names: readonly string[], make: MakeFolders): Promise<Folder | NoFolder> {
    let folder: Folder = toFolder(await open(root, constants.O_RDONLY | constants.O_DIRECTORY));
    for (const name of names) {
      await using parent: Folder = folder;
      const next = await step(parent, name, make);
      if (typeof next === 'string') return next;
      folder = next;
    }
    return folder;
  }

  return {
    async walk(names, make) {
      const folder = await descend(names, make);
      return typeof folder === 'string' ? null : folder;
    },
    find: (names) => descend(names, null),
  };
}

/** Sets mode and group by descriptor. */
export async function setAttributes(handle: FileHandle, { mode, gid }: Attributes): Promise<void> {
  // The group first: changing it clears set-id bits.
  if (gid !== null) await handle.chown(-1, gid);
  await handle.chmod(mode);
}

async function openFolder(path: string): Promise<FileHandle | NoFolder> {
  try {
    return await open(path, FOLDER);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'absent';
    if (!hasCode(error, 'ENOTDIR', 'ELOOP')) throw error;
    const there = await nullOn(lstat(path), 'ENOENT');
    return there?.isSymbolicLink() === true ? 'link' : 'no-folder';
  }
}

/**
 * Makes a folder; false when something has the name. It has its attributes before anybody but us can enter it. With
 * `sync` they are on disk; the folder's name is not: that is its parent's fsync.
 */
export async function makeFolder(path: string, attributes: Attributes, sync: boolean): Promise<boolean> {
  const made = await nullOn(
    mkdir(path, 0o700).then(() => true),
    'EEXIST',
  );
  if (made === null) return false;
  const handle = await open(path, FOLDER);
  try {
    await setAttributes(handle, attributes);
    if (sync) await handle.sync();
  } finally {
    await handle.close();
  }
  return true;
}

function toFolder(handle: FileHandle): Folder {
  return {
    handle,
    path: `/proc/self/fd/${handle.fd}/.`,
    child: (name) => `/proc/self/fd/${handle.fd}/${name}`,
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
