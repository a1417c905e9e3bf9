import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Drop } from '../../core/custody/file.ts';
import { type FileName, type FolderPath, TOP } from '../../core/custody/names.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { IS_IN_A_FOLDER } from './file-conditions.ts';
import { leavesByColumn } from './file-rows.ts';
import { BELOW, BEYOND, belowOf, childOf, childrenAfter, endOf, publishedKey } from './folder-keys.ts';
import { topCreatedAt } from './folder-lookups.ts';
import type { KeyedEntry } from './listings.ts';
import type { LedgerDb } from './tables.ts';

/**
 * The published folder, spelled as in the path of the first file in it or below: it has no row of its own. The top is
 * as old as the account.
 */
export async function findPublishedFolder(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
): Promise<{ path: FolderPath; createdAt: Instant } | null> {
  if (folder === TOP) return { path: TOP, createdAt: await topCreatedAt(db, drop.owner) };
  const key = publishedKey(folder);
  const { rows } = await firstFile(drop, key, endOf(key)).execute(db);
  const [found] = rows;
  if (found === undefined) return null;
  const names = found.folder.split('/').slice(0, depthOf(folder));
  return { path: names.join('/') as FolderPath, createdAt: found.published_at };
}

/** The folders in a published folder after a name key, in order: along the index from one to the next. */
export async function publishedFoldersIn(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
  after: string,
  limit: number,
): Promise<readonly KeyedEntry[]> {
  const key = publishedKey(folder);
  const { rows } = await firstFilesOfFolders(drop, key, after, limit).execute(db);
  return rows.map((row) => {
    const name = row.folder.split('/')[depthOf(folder)] as FileName;
    const entry = { kind: 'folder', name, createdAt: row.published_at } as const;
    return { key: Buffer.from(childOf(key, row.folder_key)), entry };
  });
}

/** Files of a drop that are there to be had: what comes in has arrived, what leaves is released. */
export function isPublished(drop: Drop): RawBuilder<SqlBool> {
  const state = drop.leavesBy === null ? 'arrived' : 'released';
  return sql<SqlBool>`owner = ${drop.owner} and leaves_by = ${leavesByColumn(drop.leavesBy)}
    and state = ${state} and ${IS_IN_A_FOLDER}`;
}

/** One file that shows how a folder is spelled and since when it is there. */
interface FirstFile {
  readonly folder_key: string;
  readonly folder: FolderPath;
  readonly published_at: Instant;
}

const COLUMNS = sql`arrival_folder_key as folder_key, arrival_folder as folder,
  coalesce(released_at, arrived_at, created_at) as published_at`;

/** The published file with the least folder key from `from` on, before `end`. */
function firstFile(drop: Drop, from: string, end: string): RawBuilder<FirstFile> {
  return sql`select ${COLUMNS} from files where id = ${firstId(drop, sql`${from}`, end)}`;
}

/** One file of each folder. A single statement, which goes from one to the next: one for each would take far longer. */
function firstFilesOfFolders(drop: Drop, key: string, after: string, limit: number): RawBuilder<FirstFile> {
  const end = endOf(key);
  const first = firstId(drop, sql`${childrenAfter(key, after)}`, end);
  const next = firstId(drop, afterChildOf(key, sql`found.folder_key`), end);
  return sql`with recursive found (place, folder_key, folder, published_at) as (
      select 1, ${COLUMNS} from files where id = ${first}
      union all
      select found.place + 1, ${COLUMNS} from found inner join files on files.id = ${next}
      where found.place < ${limit}
    )
    select folder_key, folder, published_at from found order by place`;
}

function firstId(drop: Drop, from: RawBuilder<unknown>, end: string): RawBuilder<unknown> {
  return sql`(select id from files where ${isPublished(drop)}
    and arrival_folder_key >= ${from} and arrival_folder_key < ${end}
    order by arrival_folder_key, arrival_name_key limit 1)`;
}

/** `childrenAfter` of `childOf`, in SQL. */
function afterChildOf(key: string, descendant: RawBuilder<unknown>): RawBuilder<unknown> {
  const below = belowOf(key);
  const rest = sql`(substr(${descendant}, length(${below}) + 1) || ${BELOW})`;
  return sql`${below} || substr(${rest}, 1, instr(${rest}, ${BELOW}) - 1) || ${BEYOND}`;
}

/** How many names a folder's path has. */
function depthOf(folder: FolderPath): number {
  return folder === TOP ? 0 : folder.split('/').length;
}
