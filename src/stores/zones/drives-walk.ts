import type { BigIntStats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import type { FoundFile, FoundFolder, FoundOddity, WalkPage } from '../../core/custody/drives/ports.ts';
import type { ArrivalPath, InodeMark } from '../../core/custody/file.ts';
import { type FileName, type FolderPath, joinPath, parseFolderPath, TOP } from '../../core/custody/names.ts';
import { isWorkingName } from '../../core/custody/shares/working-name.ts';
import { nullOn } from './errno.ts';
import type { Folder, FolderWalk } from './folders.ts';
import { ourUid } from './same-bytes.ts';

/** Entries that are looked at in one go: more would keep the few threads of the disk from everybody else. */
const AT_ONCE = 16;

/** Names that are read from the disk in one go. */
const READ_AHEAD = 256;

const RESERVED = '.havengate-';

interface Page {
  files: FoundFile[];
  folders: FoundFolder[];
  oddities: FoundOddity[];
  unread: number;
}

/**
 * All that is below a folder, folder by folder; one folder is open at a time. What goes away meanwhile is left out; a
 * folder that cannot be read, or went away, counts as unread.
 */
export async function* walkTree(
  walk: FolderWalk,
  top: readonly string[],
  limit: number,
): AsyncGenerator<WalkPage, void, undefined> {
  const waiting: FolderPath[] = [TOP];
  let page = emptyPage();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const folder = await openBelow(walk, top, path);
    if (folder === null) {
      page.unread++;
      continue;
    }
    await using open = folder;
    const { ino, birthtimeNs } = await open.handle.stat({ bigint: true });
    page.folders.push({ path, mark: markOf({ ino, birthtimeNs }) });
    for await (const names of namesOf(open)) {
      const below = await lookAtAll(open, path, names, page);
      waiting.push(...below);
      if (sizeOf(page) < limit) continue;
      yield page;
      page = emptyPage();
    }
  }
  if (sizeOf(page) + page.unread > 0) yield page;
}

/** Null when the folder cannot be opened. */
async function openBelow(walk: FolderWalk, top: readonly string[], path: FolderPath): Promise<Folder | null> {
  const names = path === TOP ? top : [...top, ...path.split('/')];
  const found = await nullOn(walk.find(names), 'EACCES', 'EPERM', 'ESTALE');
  return found === null || typeof found === 'string' ? null : found;
}

async function* namesOf(folder: Folder): AsyncGenerator<readonly string[]> {
  let group: string[] = [];
  const names = await nullOn(opendir(folder.path, { bufferSize: READ_AHEAD }), 'ENOENT');
  if (names === null) return;
  for await (const { name } of names) {
    if (name.toLowerCase().startsWith(RESERVED)) continue;
    group.push(name);
    if (group.length < AT_ONCE) continue;
    yield group;
    group = [];
  }
  yield group;
}

/** Puts what the names stand for into the page; returns the folders among them. */
async function lookAtAll(
  folder: Folder,
  path: FolderPath,
  names: readonly string[],
  page: Page,
): Promise<readonly FolderPath[]> {
  const looked = await Promise.all(
    names.map(async (name) => ({
      name,
      stats: await nullOn(lstat(folder.child(name), { bigint: true }), 'ENOENT'),
    })),
  );
  const below: FolderPath[] = [];
  for (const { name, stats } of looked) {
    const text = path === TOP ? name : `${path}/${name}`;
    const parsed = isWorkingName(name) ? parseFolderPath(text) : null;
    // Invalid UTF-8 is read as another name, under which nothing stands.
    if (stats === null && !name.includes('\ufffd')) continue;
    if (stats === null || parsed?.ok !== true) page.oddities.push({ path: text, kind: 'name' });
    else if (stats.isDirectory()) below.push(joinPath(path, name as FileName));
    else if (stats.isFile()) page.files.push(toFound({ folder: path, name: name as FileName }, stats));
    else page.oddities.push({ path: text, kind: stats.isSymbolicLink() ? 'link' : 'special' });
  }
  return below;
}

/** What is known of a regular file without opening it. */
export function toFound(path: ArrivalPath, stats: BigIntStats): FoundFile {
  const { size, birthtimeNs, ctimeNs, uid } = stats;
  return {
    path,
    size: Number(size),
    mark: markOf(stats),
    bornAt: birthtimeNs === 0n ? null : toMillis(birthtimeNs),
    changedAt: toMillis(ctimeNs),
    stamp: stampOf(stats),
    uid: Number(uid),
    ours: uid === ourUid(),
  };
}

/** What an inode is like: another text as soon as anything about it was changed through the file system. */
export function stampOf({ ino, birthtimeNs, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino}-${birthtimeNs}-${size}-${mtimeNs}-${ctimeNs}`;
}

/** As the zone of published files makes them: the ledger keeps these. */
export function markOf({ ino, birthtimeNs }: Pick<BigIntStats, 'ino' | 'birthtimeNs'>): InodeMark {
  return `${ino}-${birthtimeNs}`;
}

function toMillis(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}

function emptyPage(): Page {
  return { files: [], folders: [], oddities: [], unread: 0 };
}

function sizeOf({ files, folders, oddities }: Page): number {
  return files.length + folders.length + oddities.length;
}
