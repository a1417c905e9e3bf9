import { type FileHandle, lstat, mkdir, unlink } from 'node:fs/promises';
import type { DrivesZone, DriveTree, FoundFile } from '../../core/custody/drives/ports.ts';
import type { ArrivalPath } from '../../core/custody/file.ts';
import { TOP } from '../../core/custody/names.ts';
import { digestOf } from './copy-file.ts';
import { markOf, toFound, walkTree } from './drives-walk.ts';
import { hasCode, nullOn } from './errno.ts';
import { createFailedSyncs } from './failed-syncs.ts';
import { type Attributes, createFolderWalk, type Folder, type FolderWalk, shareFolders } from './folders.ts';
import { openForReading, piecesOf } from './read-pieces.ts';

/** The folders of the zones that desktops reach. */
export type DriveFolders = Readonly<Record<DriveTree['kind'], string>> & {
  /** Mode and group of the files in a share, by its name. */
  readonly attributesOf: (share: string) => Attributes;
};

/** What was found under a name: what the file system says of it, and the folder that it is in. */
interface Opened {
  readonly file: FileHandle;
  readonly folder: Folder;
}

/** The zones as desktops see them. Their folders are those that are there now: another one later is another disk. */
export async function createDrivesZone(folders: DriveFolders): Promise<DrivesZone> {
  const walks: Readonly<Record<DriveTree['kind'], FolderWalk>> = {
    arrivals: createFolderWalk(folders.arrivals),
    share: createFolderWalk(folders.share),
    drop: createFolderWalk(folders.drop),
  };
  const atStart = {
    arrivals: await markOfFolder(walks.arrivals, []),
    share: await markOfFolder(walks.share, []),
    drop: await markOfFolder(walks.drop, []),
  };

  async function folderOf(tree: DriveTree, { folder }: ArrivalPath): Promise<Folder | null> {
    const below = folder === TOP ? [] : folder.split('/');
    const found = await nullOn(walks[tree.kind].find([topName(tree), ...below]), 'EACCES');
    return found === null || typeof found === 'string' ? null : found;
  }

  async function lookNow(tree: DriveTree, path: ArrivalPath): Promise<FoundFile | null> {
    await using folder = await folderOf(tree, path);
    const stats =
      folder === null ? null : await nullOn(lstat(folder.child(path.name), { bigint: true }), 'ENOENT');
    return stats?.isFile() === true ? toFound(path, stats) : null;
  }

  /** Works on the very file that was found. */
  async function withFound<T>(
    tree: DriveTree,
    found: FoundFile,
    work: (opened: Opened) => Promise<T>,
  ): Promise<T | 'changed' | 'unreadable'> {
    await using folder = await folderOf(tree, found.path);
    if (folder === null) return 'changed';
    const file = await openOrWhy(folder.child(found.path.name));
    if (typeof file === 'string') return file;
    try {
      if (!(await isStill(file, found))) return 'changed';
      return await work({ file, folder });
    } finally {
      await file.close();
    }
  }

  const syncs = createFailedSyncs();

  return {
    async isMounted(kind) {
      return (await markOfFolder(walks[kind], [])) === atStart[kind];
    },
    topOf: (tree) => markOfFolder(walks[tree.kind], [topName(tree)]),
    walk: (tree, limit) => walkTop(walks[tree.kind], topName(tree), limit),
    look: lookNow,
    digest: (tree, found) =>
      withFound(tree, found, async ({ file }) => {
        const digest = await digestOf(piecesOf(file));
        return (await isStill(file, found)) ? digest : 'changed';
      }),
    async sync(tree, found) {
      const synced = await withFound(tree, found, ({ file, folder }) =>
        syncs.run(`file ${found.mark} of a drive`, async () => {
          await file.sync();
          await folder.handle.sync();
          return 'synced' as const;
        }),
      );
      return synced === 'synced';
    },
    async makeDrop(share) {
      await mkdir(folders.drop, { mode: 0o755, recursive: true });
      await using made = await walks.drop.walk([share], shareFolders(folders.attributesOf(share)));
      if (made === null) throw new Error(`something that is no folder has the name of the drops of ${share}`);
    },
    async unlink(tree, found) {
      const gone = await withFound(tree, found, async ({ folder }) => {
        await unlink(folder.child(found.path.name));
        await folder.handle.sync();
        return 'gone' as const;
      });
      return gone === 'gone';
    },
  };
}

function topName(tree: DriveTree): string {
  return tree.kind === 'arrivals' ? tree.account : tree.share;
}

async function* walkTop(walk: FolderWalk, top: string, limit: number): ReturnType<DrivesZone['walk']> {
  const found = await nullOn(walk.find([top]), 'ENOENT');
  if (found === null || typeof found === 'string') return;
  await found.handle.close();
  yield* walkTree(walk, [top], limit);
}

/** The mark of a folder; null when it is missing or is no folder. */
async function markOfFolder(walk: FolderWalk, names: readonly string[]): Promise<string | null> {
  const found = await nullOn(walk.find(names), 'ENOENT');
  if (found === null || typeof found === 'string') return null;
  await using folder = found;
  return markOf(await folder.handle.stat({ bigint: true }));
}

async function openOrWhy(path: string): Promise<FileHandle | 'changed' | 'unreadable'> {
  try {
    return await openForReading(path);
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EPERM')) return 'unreadable';
    if (hasCode(error, 'ENOENT', 'ELOOP', 'EINVAL', 'ENXIO')) return 'changed';
    throw error;
  }
}

async function isStill(file: FileHandle, found: FoundFile): Promise<boolean> {
  return toFound(found.path, await file.stat({ bigint: true })).stamp === found.stamp;
}
