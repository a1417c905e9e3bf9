import type { BigIntStats } from 'node:fs';
import { type FileHandle, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Carriage } from '../../core/custody/shares/ports.ts';
import { type CarriedMemory, isUnchanged } from './carried-memory.ts';
import { syncFolder } from './folder-sync.ts';
import type { Folder, FolderWalk } from './folders.ts';
import { folderNames } from './published-zone.ts';
import { putBack, setAside } from './put-back.ts';
import { hasBytes, openFound, sameInode } from './same-bytes.ts';
import { unlinkIf } from './unlink-if.ts';

/** What the dropping of a name in Arrivals works with. */
export interface DropParts {
  readonly arrivals: FolderWalk;
  /** The folder on the file system of Arrivals where names go on their way to destruction. */
  readonly doomed: string;
  readonly memory: CarriedMemory;
}

/**
 * Unlinks the name in Arrivals if it is still the carried file: the inode that has the name in the share, or a file
 * with its very bytes. Anything else is left alone. Returns what was unlinked, null when it was nothing. The name
 * passes through the doomed folder, as `<file id>-carried`; what a crash left there is taken up.
 */
export async function dropCarried(
  parts: DropParts,
  carriage: Carriage,
  target: FileHandle | null,
): Promise<BigIntStats | null> {
  const aside = join(parts.doomed, `${carriage.file}-carried`);
  await using folder = await parts.arrivals.walk(folderNames(carriage.from), null);
  const isCarried = (file: FileHandle) => isCarriedFile(file, parts.memory, carriage, target);
  const earlier = await takeUp(aside, folder, carriage, isCarried);
  const dropped = folder === null ? null : await dropName(folder, carriage, aside, isCarried);
  await folder?.handle.sync();
  await syncFolder(parts.doomed);
  return dropped ?? earlier;
}

type IsCarried = (file: FileHandle) => Promise<boolean>;

async function takeUp(
  aside: string,
  folder: Folder | null,
  { from }: Carriage,
  isCarried: IsCarried,
): Promise<BigIntStats | null> {
  const found = await openFound(aside);
  if (found === 'absent') return null;
  await using file = found === 'no-file' ? null : found;
  if (file !== null && (await isCarried(file))) {
    await unlink(aside);
    return await file.stat({ bigint: true });
  }
  const back = folder !== null && (await putBack(aside, folder, from.path.name));
  if (!back) await setAside(aside);
  return null;
}

async function dropName(
  folder: Folder,
  { from }: Carriage,
  aside: string,
  isCarried: IsCarried,
): Promise<BigIntStats | null> {
  const found = await openFound(folder.child(from.path.name));
  if (typeof found === 'string') return null;
  await using file = found;
  const before = await file.stat({ bigint: true });
  if (!(await isCarried(file))) return null;
  const unlinked = await unlinkIf(folder, from.path.name, aside, (stats) => isUnchanged(before, stats));
  return unlinked === 'unlinked' ? before : null;
}

async function isCarriedFile(
  file: FileHandle,
  memory: CarriedMemory,
  carriage: Carriage,
  target: FileHandle | null,
): Promise<boolean> {
  const stats = await file.stat({ bigint: true });
  if (target !== null && sameInode(await target.stat({ bigint: true }), stats)) return true;
  return memory.isSource(carriage.file, stats) || (await hasBytes(file, carriage));
}
