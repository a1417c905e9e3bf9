import type { AuditRecord } from '../../core/audit/events.ts';
import { type FolderPath, joinPath, nameKey, splitPath, TOP } from '../../core/custody/names.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import { IS_LISTED } from './file-conditions.ts';
import { folderKey } from './file-rows.ts';
import { findFolder } from './folder-lookups.ts';
import { isNotOlder, newestAt } from './listings.ts';
import type { LedgerDb } from './tables.ts';

/** Adds a folder, spelled as it was sent below the folder above as that one is spelled. */
export async function addFolder(
  db: LedgerDb,
  owner: AccountId,
  folder: FolderPath,
  at: Instant,
  audit: AuditRecord,
): Promise<'added' | 'exists' | 'no-parent' | 'name-taken'> {
  if ((await findFolder(db, owner, folder)) !== null) return 'exists';
  const split = splitPath(folder);
  if (split === null) return 'exists';
  const parent = await findFolder(db, owner, split.folder);
  if (parent === null) return 'no-parent';
  if ((await newestAt(db, owner, split)) !== null) return 'name-taken';
  const path = joinPath(parent.path, split.name);
  await db
    .insertInto('folders')
    .values({
      owner,
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
  owner: AccountId,
  folder: FolderPath,
  listedSince: Instant,
  audit: AuditRecord,
): Promise<'removed' | 'absent' | 'not-empty'> {
  if (folder === TOP) return 'not-empty';
  if ((await findFolder(db, owner, folder)) === null) return 'absent';
  const key = folderKey(folder);
  if ((await hasFolders(db, owner, key)) || (await hasFiles(db, owner, key, listedSince))) return 'not-empty';
  await db.deleteFrom('folders').where('owner', '=', owner).where('path_key', '=', key).execute();
  await appendAudit(db, [audit]);
  return 'removed';
}

async function hasFolders(db: LedgerDb, owner: AccountId, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('folders')
    .select('path_key')
    .where('owner', '=', owner)
    .where('parent_key', '=', key)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function hasFiles(db: LedgerDb, owner: AccountId, key: string, listedSince: Instant): Promise<boolean> {
  const row = await db
    .selectFrom('files')
    .select('id')
    .where('owner', '=', owner)
    .where('folder_key', '=', key)
    .where(IS_LISTED)
    .where(isNotOlder(listedSince))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
