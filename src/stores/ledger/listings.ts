import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { ArrivalPath, CustodyFile, Drop } from '../../core/custody/file.ts';
import { type FileName, type FolderPath, nameKey, splitPath } from '../../core/custody/names.ts';
import type { FileQuery, FolderEntry } from '../../core/custody/ports.ts';
import type { FileState } from '../../core/custody/states.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, FileId } from '../../core/kit/ids.ts';
import { compileOnce } from './compile-once.ts';
import { BY_STATE, COMES, HAS_ARRIVAL, IS_LISTED, LEAVES } from './file-conditions.ts';
import { leavesByColumn, toFile } from './file-rows.ts';
import { folderKey, publishedKey } from './folder-keys.ts';
import { isFolder } from './folder-lookups.ts';
import type { FilesTable, LedgerDb } from './tables.ts';

const fileOf = compileOnce((db, { id }: { id: FileId }) =>
  db.selectFrom('files').selectAll().where('id', '=', id),
);

interface NamedPath {
  readonly owner: AccountId;
  readonly leavesBy: FilesTable['leaves_by'];
  readonly folder: string;
  readonly name: string;
}

/** A limit that is bound makes SQLite prepare the statement anew each time. */
const ONE = sql.lit(1);

const newestOf = compileOnce(
  (db, { owner, leavesBy, folder, name }: NamedPath & { [key: string]: unknown }) =>
    db
      .selectFrom('files')
      .selectAll()
      .where('owner', '=', owner)
      .where('leaves_by', '=', leavesBy)
      .where('folder_key', '=', folder)
      .where('name_key', '=', name)
      .where(IS_LISTED)
      .orderBy('id', 'desc')
      .limit(ONE),
);

/** The file of an id. */
export async function fileById(db: LedgerDb, id: FileId): Promise<CustodyFile | null> {
  const { rows } = await fileOf(db, { id });
  return rows[0] === undefined ? null : toFile(rows[0]);
}

/** The newest listed file of a path of a drop, whatever its age. */
export async function newestAt(db: LedgerDb, drop: Drop, path: ArrivalPath): Promise<CustodyFile | null> {
  const { rows } = await newestOf(db, namedPath(drop, path));
  return rows[0] === undefined ? null : toFile(rows[0]);
}

const newestIdOf = compileOnce(
  (db, { owner, leavesBy, folder, name }: NamedPath & { [key: string]: unknown }) =>
    db
      .selectFrom('files')
      .select('id')
      .where('owner', '=', owner)
      .where('leaves_by', '=', leavesBy)
      .where('folder_key', '=', folder)
      .where('name_key', '=', name)
      .where(IS_LISTED)
      .orderBy('id', 'desc')
      .limit(ONE),
);

/** The id of the file that `newestAt` gives. */
export async function newestIdAt(db: LedgerDb, drop: Drop, path: ArrivalPath): Promise<FileId | null> {
  const { rows } = await newestIdOf(db, namedPath(drop, path));
  return rows[0]?.id ?? null;
}

function namedPath(drop: Drop, path: ArrivalPath): NamedPath & { [key: string]: unknown } {
  return {
    owner: drop.owner,
    leavesBy: leavesByColumn(drop.leavesBy),
    folder: folderKey(path.folder),
    name: nameKey(path.name),
  };
}

/** The one file that has, or has reserved, a published name. */
export async function arrivalAt(db: LedgerDb, drop: Drop, path: ArrivalPath): Promise<CustodyFile | null> {
  const row = await db
    .selectFrom('files')
    .selectAll()
    .where('owner', '=', drop.owner)
    .where('leaves_by', '=', leavesByColumn(drop.leavesBy))
    .where('arrival_folder_key', '=', publishedKey(path.folder))
    .where('arrival_name_key', '=', nameKey(path.name))
    .where(HAS_ARRIVAL)
    .executeTakeFirst();
  return row === undefined ? null : toFile(row);
}

/** A page of a folder: see the port. */
export async function listFolder(
  db: LedgerDb,
  drop: Drop,
  folder: FolderPath,
  page: { readonly listedSince: Instant; readonly after: FileName | null; readonly limit: number },
): Promise<readonly FolderEntry[] | null> {
  if (!(await isFolder(db, drop, folder))) return null;
  const key = folderKey(folder);
  const after = page.after === null ? '' : nameKey(page.after);
  const folders = await foldersIn(db, drop, key, after, page.limit);
  const files = await filesIn(db, drop, key, after, page);
  return inOrder([...folders, ...files], page.limit);
}

/** Files by owner and states, newest first. */
export async function listFiles(db: LedgerDb, query: FileQuery): Promise<readonly CustodyFile[]> {
  const { states, limit } = query;
  if (states === undefined) return filesInState(db, query, null);
  // State by state, each along the index: together they would have to be sorted.
  const found: CustodyFile[] = [];
  for (const state of new Set(states)) found.push(...(await filesInState(db, query, state)));
  return found.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
}

/** Once arrived, not older than that. */
export function isNotOlder(listedSince: Instant): RawBuilder<SqlBool> {
  return sql<SqlBool>`(arrived_at is null or arrived_at >= ${listedSince})`;
}

async function filesInState(
  db: LedgerDb,
  query: FileQuery,
  state: FileState | null,
): Promise<readonly CustodyFile[]> {
  const { owner, leaving, before, limit } = query;
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .$if(owner !== undefined, (select) => select.where('owner', '=', owner ?? ('' as AccountId)))
    .$if(leaving !== undefined, (select) => select.where(leaving === true ? LEAVES : COMES))
    .$if(state !== null, (select) => select.where('state', '=', state ?? 'receiving').where(BY_STATE))
    .$if(before !== undefined, (select) => select.where('id', '<', before ?? ('' as FileId)))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toFile);
}

/** An entry with its name key as the database compares it: by bytes, where JavaScript compares UTF-16. */
export interface KeyedEntry {
  readonly key: Buffer;
  readonly entry: FolderEntry;
}

/** The first entries of a folder, in the order of the database. */
export function inOrder(entries: readonly KeyedEntry[], limit: number): readonly FolderEntry[] {
  return entries
    .toSorted((a, b) => Buffer.compare(a.key, b.key))
    .slice(0, limit)
    .map(({ entry }) => entry);
}

async function foldersIn(
  db: LedgerDb,
  drop: Drop,
  parentKey: string,
  after: string,
  limit: number,
): Promise<readonly KeyedEntry[]> {
  const rows = await db
    .selectFrom('folders')
    .select(['path', 'name_key', 'created_at'])
    .where('owner', '=', drop.owner)
    .where('leaves_by', '=', leavesByColumn(drop.leavesBy))
    .where('parent_key', '=', parentKey)
    .where('name_key', '>', after)
    .orderBy('name_key')
    .limit(limit)
    .execute();
  return rows.map(({ path, name_key, created_at: createdAt }) => {
    const split = splitPath(path);
    if (split === null) throw new Error('a folder in the ledger has no name');
    return { key: Buffer.from(name_key), entry: { kind: 'folder', name: split.name, createdAt } };
  });
}

async function filesIn(
  db: LedgerDb,
  drop: Drop,
  key: string,
  after: string,
  { listedSince, limit }: { readonly listedSince: Instant; readonly limit: number },
): Promise<readonly KeyedEntry[]> {
  const rows = await db
    .selectFrom('files as file')
    .selectAll('file')
    .where('file.owner', '=', drop.owner)
    .where('file.leaves_by', '=', leavesByColumn(drop.leavesBy))
    .where('file.folder_key', '=', key)
    .where('file.name_key', '>', after)
    .where(IS_LISTED)
    .where(isNotOlder(listedSince))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('files as newer')
            .select('newer.id')
            .where('newer.owner', '=', drop.owner)
            .where('newer.leaves_by', '=', leavesByColumn(drop.leavesBy))
            .where('newer.folder_key', '=', key)
            .whereRef('newer.name_key', '=', 'file.name_key')
            .whereRef('newer.id', '>', 'file.id')
            .where(IS_LISTED)
            .where(isNotOlder(listedSince)),
        ),
      ),
    )
    .orderBy('file.name_key')
    .limit(limit)
    .execute();
  return rows.map((row) => {
    return { key: Buffer.from(row.name_key), entry: { kind: 'file', name: row.name, file: toFile(row) } };
  });
}

/** How many files are in each state; a state without files is left out. */
export async function countByState(db: LedgerDb): Promise<Partial<Record<FileState, number>>> {
  const rows = await db
    .selectFrom('files')
    .select(['state', (count) => count.fn.countAll<number>().as('files')])
    .where(BY_STATE)
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.state, row.files]));
}
