import type { AuditRecord } from '../../core/audit/events.ts';
import type { Drop } from '../../core/custody/file.ts';
import { type FolderPath, joinPath, nameKey, splitPath, TOP } from '../../core/custody/names.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { appendAudit } from './audit-log.ts';
import { IS_LISTED } from './file-conditions.ts';
import { leavesByColumn } from './file-rows.ts';
import { folderKey } from './folder-keys.ts';
import { findFolder } from './folder-lookups.ts';
import { isNotOlder, newestAt } from './listings.ts';
import type { LedgerDb } from './tables.ts';

/** Adds a folder, spelled as it was sent below the folder above as that one is spelled. */
export async function addFolder(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
  at: Instant,
  audit: AuditRecord,
): Promise<'added' | 'exists' | 'no-parent' | 'name-taken'> {
  if ((await findFolder(db, drop, folder)) !== null) return 'exists';
  const split = splitPath(folder);
  if (split === null) return 'exists';
  const parent = await findFolder(db, drop, split.folder);
  if (parent === null) return 'no-parent';
  if ((await newestAt(db, drop, split)) !== null) return 'name-taken';
  const path = joinPath(parent.path, split.name);
  await db
    .insertInto('folders')
    .values({
      owner: drop.owner,
      leaves_by: leavesByColumn(drop.leavesBy),
      path,
      path_key: folderKey(path),
      parent_key: folderKey(parent.path),
      name_key: nameKey(split.name),
      created_at: at,
    })
    .execute();
  await appendAudit(db, [audit]);
  return 'added';
}

/** Removes an empty folder; the top is never empty. */
export async function removeFolder(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
  listedSince: Instant,
  audit: AuditRecord,
): Promise<'removed' | 'absent' | 'not-empty'> {
  if (folder === TOP) return 'not-empty';
  if ((await findFolder(db, drop, folder)) === null) return 'absent';
  const key = folderKey(folder);
  if ((await hasFolders(db, drop, key)) || (await hasFiles(db, drop, key, listedSince))) return 'not-empty';
  await db
    .deleteFrom('folders')
    .where('owner', '=', drop.owner)
    .where('leaves_by', '=', leavesByColumn(drop.leavesBy))
    .where('path_key', '=', key)
    .execute();
  await appendAudit(db, [audit]);
  return 'removed';
}

async function hasFolders(db: LedgerDb, drop: Drop, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('folders')
    .select('path_key')
    .where('owner', '=', drop.owner)
    .where('leaves_by', '=', leavesByColumn(drop.leavesBy))
    .where('parent_key', '=', key)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function hasFiles(db: LedgerDb, drop: Drop, key: string, listedSince: Instant): Promise<boolean> {
  const row = await db
    .selectFrom('files')
    .select('id')
    .where('owner', '=', drop.owner)
    .where('leaves_by', '=', leavesByColumn(drop.leavesBy))
    .where('folder_key', '=', key)
    .where(IS_LISTED)
    .where(isNotOlder(listedSince))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
