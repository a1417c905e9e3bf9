import type { ArrivalPath, Drop } from '../../core/custody/file.ts';
import { type FolderPath, joinPath, TOP } from '../../core/custody/names.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import { compileOnce } from './compile-once.ts';
import { leavesByColumn } from './file-rows.ts';
import { folderKey } from './folder-keys.ts';
import type { FilesTable, LedgerDb } from './tables.ts';

const folderOf = compileOnce(
  (db, { owner, leavesBy, key }: { owner: AccountId; leavesBy: FilesTable['leaves_by']; key: string }) =>
    db
      .selectFrom('folders')
      .select(['path', 'created_at'])
      .where('owner', '=', owner)
      .where('leaves_by', '=', leavesBy)
      .where('path_key', '=', key),
);

const accountAge = compileOnce((db, { owner }: { owner: AccountId }) =>
  db.selectFrom('accounts').select('created_at').where('id', '=', owner),
);

/** The folder as it is spelled, or null. The top is as old as the account. */
export async function findFolder(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
): Promise<{ path: FolderPath; createdAt: Instant } | null> {
  if (folder === TOP) return { path: TOP, createdAt: await topCreatedAt(db, drop.owner) };
  const { owner } = drop;
  const found = await folderOf(db, {
    owner,
    leavesBy: leavesByColumn(drop.leavesBy),
    key: folderKey(folder),
  });
  const [row] = found.rows;
  return row === undefined ? null : { path: row.path, createdAt: row.created_at };
}

/** Whether there is such a folder; the top always is. */
export async function isFolder(db: LedgerDb, drop: Drop, folder: FolderPath): Promise<boolean> {
  return folder === TOP || (await findFolder(db, drop, folder)) !== null;
}

/**
 * Whether a path of a drop may get a file: `lost-race` when its folder is gone meanwhile, `name-taken` when a
 * folder of its name was made.
 */
export async function findPlace(
  db: LedgerDb,
  drop: Drop,
  path: ArrivalPath,
): Promise<'free' | 'lost-race' | 'name-taken'> {
  if (!(await isFolder(db, drop, path.folder))) return 'lost-race';
  return (await isFolder(db, drop, joinPath(path.folder, path.name))) ? 'name-taken' : 'free';
}

/** When a person's tops were made: with the account. */
export async function topCreatedAt(db: LedgerDb, owner: AccountId): Promise<Instant> {
  const { rows } = await accountAge(db, { owner });
  return rows[0]?.created_at ?? 0;
}
