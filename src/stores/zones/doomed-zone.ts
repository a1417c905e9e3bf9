import { type FileHandle, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileRef } from '../../core/custody/file.ts';
import type { Doomed, DoomedZone, DoomOutcome } from '../../core/custody/zone-ports.ts';
import type { AirlockGuard } from './airlock-guard.ts';
import { entryPath, findEntry, renameToEntry, unlinkEntry } from './doomed-entries.ts';
import type { DoomedFolders, DoomedFrom } from './doomed-folders.ts';
import { syncFolder } from './folder-sync.ts';
import type { Folder, FolderWalk, NoFolder } from './folders.ts';
import { folderNames } from './published-zone.ts';
import { putBack, setAside } from './put-back.ts';
import { hasBytes, isOurs, openFound, sameInode } from './same-bytes.ts';

/** What the doomed zone is made of. */
export interface DoomedParts {
  readonly walks: Readonly<Record<DoomedFrom, FolderWalk>>;
  readonly folders: DoomedFolders;
  readonly guard: AirlockGuard;
}

/** Where a file's name is, or was. */
interface Place {
  readonly folder: Folder | null;
  /** The name in the folder; also when there is no folder. */
  readonly name: string;
}

/**
 * Names on their way to destruction, by rename: a link and an unlink could unlink what somebody put under the name in
 * between. What the rename took is compared with what was read, by inode; something else is put back, or set aside
 * under a name that ends in `-replaced`.
 *
 * The order on disk: bytes read < rename < inode compared < both folders fsynced < unlink < folder fsynced.
 *
 * A name that stands in a doomed folder already is read again: a crash may have come between the rename and the
 * comparison.
 *
 * Throws EBUSY while the file is open for writing or being moved in this process, and passes errors of the system
 * through; the name is then in one of its two places.
 */
export function createDoomedZone({ walks, folders, guard }: DoomedParts): DoomedZone {
  async function take(doomed: Doomed): Promise<DoomOutcome> {
    const found = await findFolder(doomed);
    await using folder = typeof found === 'string' ? null : found;
    const place = { folder, name: doomed.published?.path.name ?? doomed.ref.id };
    const earlier = await takeUp(doomed, place);
    if (earlier !== null) return earlier;
    if (found === 'no-folder' || found === 'link') return 'replaced';
    const { from } = doomed;
    const outcome =
      from === 'gone' || folder === null ? 'gone' : await takeFrom(folder, place, doomed, folders.of[from]);
    // Another process may have been faster: then the name is where that one put it.
    return outcome === 'gone' ? ((await takeUp(doomed, place)) ?? 'gone') : outcome;
  }

  async function findFolder({ from, published }: Doomed): Promise<Folder | NoFolder> {
    if (from === 'gone') return 'absent';
    if (!isPublished(from)) return await walks[from].find([]);
    if (published === null) throw new Error(`a file in ${from} has a home and a path`);
    return await walks[from].find(folderNames(published));
  }

  /** What an earlier run put into a doomed folder; null when there is nothing. */
  async function takeUp(doomed: Doomed, place: Place): Promise<DoomOutcome | null> {
    const entry = await findEntry(folders.all, doomed.ref);
    if (entry === null) return null;
    const file = await openFound(entry.path);
    if (file === 'absent') return null;
    if (file === 'no-file') return await giveUp(entry.path, entry.folder, place);
    try {
      if (!(await isDoomed(file, doomed))) return await giveUp(entry.path, entry.folder, place);
      if (entry.generation !== doomed.ref.generation) {
        await renameToEntry(entry.path, entryPath(entry.folder, doomed.ref));
      }
      return await settle(entry.folder, place);
    } finally {
      await file.close();
    }
  }

  async function unlinkAll(ref: FileRef): Promise<number | null> {
    let left: number | null = null;
    for (const folder of folders.all) {
      const names = await unlinkEntry(folder, ref);
      if (names !== null) left = (left ?? 0) + names;
    }
    return left;
  }

  return {
    take: (doomed) => guard.moving(doomed.ref.id, () => take(doomed)),
    async unlink(ref) {
      const left = await guard.unlinking(ref.id, () => unlinkAll(ref));
      guard.forget(ref.id);
      return left;
    },
    async *list() {
      for (const folder of folders.all)
        for (const name of await readdir(folder)) yield { name, path: join(folder, name) };
    },
  };
}

function isPublished(from: DoomedFrom | 'gone'): from is 'arrivals' | 'outbound' {
  return from === 'arrivals' || from === 'outbound';
}

async function takeFrom(folder: Folder, place: Place, doomed: Doomed, target: string): Promise<DoomOutcome> {
  const path = folder.child(place.name);
  const file = await openFound(path);
  if (file === 'absent') return 'gone';
  if (file === 'no-file') return 'replaced';
  try {
    if (!(await isDoomed(file, doomed))) return 'replaced';
    const entry = entryPath(target, doomed.ref);
    if (!(await renameToEntry(path, entry))) return 'gone';
    const [ours, there] = [await file.stat({ bigint: true }), await lstat(entry, { bigint: true })];
    return sameInode(ours, there) ? await settle(target, place) : await giveUp(entry, target, place);
  } finally {
    await file.close();
  }
}

/**
 * What people could put under a published name is ours only when we own it, unless it is known to be theirs: then
 * the bytes alone say so, and have to be known. The other zones nobody else enters.
 */
async function isDoomed(file: FileHandle, doomed: Doomed): Promise<boolean> {
  const { size, sha256, foreign = false } = doomed;
  if (foreign && (size === null || sha256 === null)) return false;
  if (isPublished(doomed.from) && !foreign && !(await isOurs(file))) return false;
  return size === null ? (await file.stat()).isFile() : await hasBytes(file, { size, sha256 });
}

/** The new name is synced first: what a loss of power leaves in both places is found again. */
async function settle(target: string, { folder }: Place): Promise<DoomOutcome> {
  await syncFolder(target);
  await folder?.handle.sync();
  return 'doomed';
}

/** The entry is not ours: it goes back to where it was, or aside when that name is taken. */
async function giveUp(entry: string, target: string, { folder, name }: Place): Promise<DoomOutcome> {
  const back = folder !== null && (await putBack(entry, folder, name));
  if (!back) await setAside(entry);
  await syncFolder(target);
  return 'replaced';
}
