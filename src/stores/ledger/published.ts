import { sql } from 'kysely';
import type { CustodyFile, Drop } from '../../core/custody/file.ts';
import { type FileName, type FolderPath, nameKey, TOP } from '../../core/custody/names.ts';
import type { FolderEntry } from '../../core/custody/ports.ts';
import { ARRIVAL_STATES, type FileState } from '../../core/custody/states.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { IS_IN_A_FOLDER } from './file-conditions.ts';
import { leavesByColumn, toFile } from './file-rows.ts';
import { endOf, publishedKey } from './folder-keys.ts';
import { inOrder, type KeyedEntry } from './listings.ts';
import { findPublishedFolder, isPublished, publishedFoldersIn } from './published-folders.ts';
import type { LedgerDb } from './tables.ts';

/** A page of a published folder, however many files are in it and below it. */
export async function listPublished(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
  page: { readonly after: FileName | null; readonly limit: number },
): Promise<readonly FolderEntry[] | null> {
  const after = page.after === null ? '' : nameKey(page.after);
  const files = await filesIn(db, drop, folder, after, page.limit);
  const folders = await publishedFoldersIn(db, drop, folder, after, page.limit);
  const entries = inOrder([...folders, ...files], page.limit);
  if (entries.length > 0 || folder === TOP) return entries;
  return (await findPublishedFolder(db, drop, folder)) === null ? null : entries;
}

async function filesIn(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
  after: string,
  limit: number,
): Promise<readonly KeyedEntry[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where(isPublished(drop))
    .where('arrival_folder_key', '=', publishedKey(folder))
    .where('arrival_name_key', '>', after)
    .orderBy('arrival_name_key')
    .limit(limit)
    .execute();
  return rows.map((row) => {
    const file = toFile(row);
    const name = file.arrival?.name ?? file.path.name;
    return { key: Buffer.from(row.arrival_name_key ?? ''), entry: { kind: 'file', name, file } };
  });
}

/** The files with a published name in a folder or below it, by id. */
export async function publishedBelow(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
  after: FileId | null,
  limit: number,
): Promise<readonly CustodyFile[]> {
  const found: CustodyFile[] = [];
  for (const state of ARRIVAL_STATES) {
    found.push(...(await inStateBelow(db, drop, folder, state, after, limit)));
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
}

/** The ids come from the index alone: for every page, all that is below is looked at. */
async function inStateBelow(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
  state: FileState,
  after: FileId | null,
  limit: number,
): Promise<readonly CustodyFile[]> {
  const key = publishedKey(folder);
  const ids = db
    .selectFrom('files')
    .select('id')
    .where('owner', '=', drop.owner)
    .where('leaves_by', '=', leavesByColumn(drop.leavesBy))
    .where('state', '=', state)
    .where(IS_IN_A_FOLDER)
    .where('arrival_folder_key', '>=', key)
    .where('arrival_folder_key', '<', endOf(key))
    .$if(after !== null, (select) => select.where('id', '>', after ?? ('' as FileId)))
    // By `id` alone, the person's files would be read in that order, wherever they are.
    .orderBy(sql`id || ''`)
    .limit(limit);
  const rows = await db.selectFrom('files').selectAll().where('id', 'in', ids).execute();
  return rows.map(toFile);
}
