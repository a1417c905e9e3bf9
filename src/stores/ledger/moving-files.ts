import type { CustodyFile, FileRef, WorkingPath } from '../../core/custody/file.ts';
import { nameKey } from '../../core/custody/names.ts';
import { IS_MOVING } from './file-conditions.ts';
import { toFile } from './file-rows.ts';
import { folderKey } from './folder-keys.ts';
import type { LedgerDb } from './tables.ts';

/** The one file that has reserved a path of a share. */
export async function movingTo(db: LedgerDb, path: WorkingPath): Promise<CustodyFile | null> {
  const row = await db
    .selectFrom('files')
    .selectAll()
    .where('working_share', '=', path.share)
    .where('working_folder_key', '=', folderKey(path.folder))
    .where('working_name_key', '=', nameKey(path.name))
    .where(IS_MOVING)
    .executeTakeFirst();
  return row === undefined ? null : toFile(row);
}

/** The files that have reserved names in one folder of a share, by name key. */
export async function movingInto(
  db: LedgerDb,
  { share, folder }: Pick<WorkingPath, 'share' | 'folder'>,
  limit: number,
): Promise<readonly CustodyFile[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where('working_share', '=', share)
    .where('working_folder_key', '=', folderKey(folder))
    .where(IS_MOVING)
    .orderBy('working_name_key')
    .limit(limit)
    .execute();
  return rows.map(toFile);
}

/** Stores how much of a move is copied. False also when the file is not moving any more. */
export async function noteCarried(db: LedgerDb, ref: FileRef, bytes: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('files')
    .set({ carried: bytes })
    .where('id', '=', ref.id)
    .where('generation', '=', ref.generation)
    .where('state', '=', 'moving')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
