import type { ArrivalPath } from '../../core/custody/file.ts';
import { type FolderPath, joinPath, TOP } from '../../core/custody/names.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import { folderKey } from './file-rows.ts';
import type { LedgerDb } from './tables.ts';

/** The folder as it is spelled, or null. The top is as old as the account. */
export async function findFolder(
  db: LedgerDb,
  owner: AccountId,
  folder: FolderPath,
): Promise<{ path: FolderPath; createdAt: Instant } | null> {
  if (folder === TOP) return { path: TOP, createdAt: await topCreatedAt(db, owner) };
  const row = await db
    .selectFrom('folders')
    .select(['path', 'created_at'])
    .where('owner', '=', owner)
    .where('path_key', '=', folderKey(folder))
    .executeTakeFirst();
  return row === undefined ? null : { path: row.path, createdAt: row.created_at };
}

/** Whether there is such a folder; the top always is. */
export async function isFolder(db: LedgerDb, owner: AccountId, folder: FolderPath): Promise<boolean> {
  return folder === TOP || (await findFolder(db, owner, folder)) !== null;
}

/**
 * Whether an outside path may get a file: `lost-race` when its folder is gone meanwhile, `name-taken` when a
 * folder of its name was made.
 */
export async function findPlace(
  db: LedgerDb,
  owner: AccountId,
  path: ArrivalPath,
): Promise<'free' | 'lost-race' | 'name-taken'> {
  if (!(await isFolder(db, owner, path.folder))) return 'lost-race';
  return (await isFolder(db, owner, joinPath(path.folder, path.name))) ? 'name-taken' : 'free';
}

async function topCreatedAt(db: LedgerDb, owner: AccountId): Promise<Instant> {
  const row = await db.selectFrom('accounts').select('created_at').where('id', '=', owner).executeTakeFirst();
  return row?.created_at ?? 0;
}
