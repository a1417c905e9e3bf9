import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, rmdir } from 'node:fs/promises';
import type { FoundFile } from '../../core/custody/drives/ports.ts';
import { type FolderPath, parseFileName, TOP } from '../../core/custody/names.ts';
import type { Home, PublishedEntry, PublishedName, PublishedZone } from '../../core/custody/zone-ports.ts';
import { markOf, walkTree } from './drives-walk.ts';
import { errnoError, hasCode, nullOn } from './errno.ts';
import type { FolderWalk } from './folders.ts';
import { createReader } from './positioned-reader.ts';
import type { Publisher } from './publisher.ts';
import { openForReading, readPieces } from './read-pieces.ts';
import { openFound, ourUid } from './same-bytes.ts';

/**
 * Arrivals or outbound on a POSIX folder: one folder per home. Paths are walked descriptor by descriptor, so a
 * symbolic link that someone plants is never followed: what is behind it reads as not there. `depth` is how many
 * folders name a home.
 */
export function createPublishedZone(walk: FolderWalk, publish: Publisher, depth: 1 | 2): PublishedZone {
  async function openPublished(published: PublishedName): Promise<FileHandle> {
    await using folder = await walk.walk(folderNames(published), null);
    if (folder === null) throw errnoError('ENOENT', 'there is no such folder of published files');
    return await openForReading(folder.child(published.path.name));
  }

  return {
    publish: async (publication) => publish(folderNames(publication), publication),
    async sizeOf(published) {
      await using folder = await walk.walk(folderNames(published), null);
      if (folder === null) return null;
      const stats = await nullOn(lstat(folder.child(published.path.name)), 'ENOENT');
      return stats?.isFile() === true ? stats.size : null;
    },
    async look(published) {
      const stats = await statsOf(walk, published);
      if (stats === null) return null;
      const { size, nlink, mode, uid } = stats;
      const oursAlone = uid === ourUid() && (mode & OTHERS_WRITE) === 0n;
      return { size: Number(size), mark: markOf(stats), names: Number(nlink), oursAlone };
    },
    async *list() {
      for await (const page of walkTree(walk, [], PAGE)) {
        for (const found of page.files) yield entryOf(found, depth);
      }
    },
    async markOf(published) {
      const stats = await statsOf(walk, published);
      return stats === null ? null : markOf(stats);
    },
    read: (published) => readPieces(() => openPublished(published)),
    async open(published) {
      const file = await openPublishedFile(walk, published);
      return file === null ? null : await createReader(file);
    },
    removeHome: (home) => removeHome(walk, home),
    prune: (published) => prune(walk, published),
  };
}

const PAGE = 500;

/** Write bits of group and others. */
const OTHERS_WRITE = 0o022n;

async function statsOf(walk: FolderWalk, published: PublishedName): Promise<BigIntStats | null> {
  await using folder = await walk.walk(folderNames(published), null);
  if (folder === null) return null;
  const stats = await nullOn(lstat(folder.child(published.path.name), { bigint: true }), 'ENOENT');
  return stats?.isFile() === true ? stats : null;
}

function entryOf({ path, ours }: FoundFile, depth: number): PublishedEntry {
  const folders = path.folder === TOP ? [] : path.folder.split('/');
  const below = folders.slice(depth).join('/') as FolderPath;
  return { home: folders.slice(0, depth), path: { folder: below, name: path.name }, ours };
}

/** Opens a published file for reading; null when no regular file is there. */
export async function openPublishedFile(
  walk: FolderWalk,
  published: PublishedName,
): Promise<FileHandle | null> {
  await using folder = await walk.walk(folderNames(published), null);
  const file = folder === null ? 'absent' : await openFound(folder.child(published.path.name));
  return typeof file === 'string' ? null : file;
}

/**
 * The folders that lead to a path, the home first. Every part is one plain name, and those of a home that begin with
 * a dot are the zone's own. Throws at any other.
 */
export function folderNames({ home, path }: PublishedName): readonly string[] {
  if (home.some((name) => !parseFileName(name).ok || name.startsWith('.')))
    throw new Error('the name of a home has to be a plain name');
  const folders = path.folder === TOP ? [] : path.folder.split('/');
  for (const name of [...folders, path.name]) {
    if (!parseFileName(name).ok) throw new Error('a published path has to be made of plain names');
  }
  return [...home, ...folders];
}

async function removeHome(walk: FolderWalk, home: Home): Promise<boolean> {
  const name = home.at(-1) ?? '';
  await using above = await walk.walk(home.slice(0, -1), null);
  if (above === null) return true;
  try {
    await nullOn(rmdir(above.child(name)), 'ENOENT');
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'ENOTDIR')) return false;
    throw error;
  }
}

async function prune(walk: FolderWalk, published: PublishedName): Promise<void> {
  const names = folderNames(published);
  for (let depth = names.length; depth > published.home.length; depth--) {
    if (!(await removeEmpty(walk, names.slice(0, depth)))) return;
  }
}

/** False when the folder is still there, for whatever reason. True also when it was gone. */
async function removeEmpty(walk: FolderWalk, names: readonly string[]): Promise<boolean> {
  try {
    await using parent = await walk.walk(names.slice(0, -1), null);
    if (parent !== null) await nullOn(rmdir(parent.child(names.at(-1) ?? '')), 'ENOENT');
    return true;
  } catch {
    return false;
  }
}
