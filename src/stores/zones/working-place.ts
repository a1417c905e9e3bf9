import type { SharePlace, WorkingRefusal } from '../../core/custody/shares/ports.ts';
import { type Result, refuse } from '../../core/kit/result.ts';
import type { Folder, FolderWalk } from './folders.ts';
import { heldNameOf } from './working-names.ts';
import { folderRefusal, refusalOf } from './working-refusal.ts';

/** What is done with a name in a folder of a share; the folder is open meanwhile. */
export type NameWork<T> = (folder: Folder, name: string) => Promise<Result<T, WorkingRefusal>>;

/**
 * Opens the folder that holds a place's name and does the work in it. What the disk declines, on the way or in the
 * work, comes back as a refusal; its faults are thrown.
 */
export async function withPlace<T>(
  walk: FolderWalk,
  place: SharePlace,
  work: NameWork<T>,
): Promise<Result<T, WorkingRefusal>> {
  const held = heldNameOf(place);
  if (held === null) return refuse('name-invalid');
  try {
    const found = await walk.find(held.folders);
    if (typeof found === 'string') return folderRefusal(found);
    await using folder = found;
    return await work(folder, held.name);
  } catch (error) {
    return refusalOf(error);
  }
}
