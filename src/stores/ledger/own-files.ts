import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Subjects } from '../../core/audit/events.ts';
import type { CustodyFile } from '../../core/custody/file.ts';
import { nameKey } from '../../core/custody/names.ts';
import type { OwnFilesPage, OwnFilesQuery } from '../../core/custody/ports.ts';
import type { FileState } from '../../core/custody/states.ts';
import type { AccountId, FileId } from '../../core/kit/ids.ts';
import { BY_STATE, COMES, IS_FOUND, IS_SORTED, LEAVES, RESTING_STATES } from './file-conditions.ts';
import { toFile } from './file-rows.ts';
import type { LedgerDb, Tables } from './tables.ts';

/** What each order sorts by; the id keeps files that are alike in one order from page to page. */
const ORDERS: Readonly<Record<OwnFilesQuery['sort'], RawBuilder<string | number>>> = {
  newest: sql.ref('id'),
  name: sql.ref('name_key'),
  size: sql.ref('size'),
  expires: sql`coalesce(expires_at, 0)`,
};

/** So many finds are sorted here; it costs less than to look for them a second time, to count them. */
const FEW = 2000;

/** A file by its place in an order. */
interface Placed {
  readonly id: FileId;
  readonly key: string | number;
}

/** Files that are looked for along one index. */
type Part = SelectQueryBuilder<Pick<Tables, 'files'>, 'files', object>;

/** A page of a person's own files, and how many there are. */
export async function pageOfOwn(db: LedgerDb, query: OwnFilesQuery): Promise<OwnFilesPage | null> {
  const { after, limit, descending } = query;
  const mark = after === null ? null : await placeOf(db, query, after);
  if (mark === undefined) return null;
  const compare: typeof inOrder = descending ? (a, b) => inOrder(b, a) : inOrder;
  const few = query.search === '' ? null : await fewFound(db, query);
  const behind = few?.filter((one) => mark === null || compare(one, mark) > 0);
  const found = (behind ?? (await firstOfAll(db, query, mark))).toSorted(compare);
  const ids = found.slice(0, limit).map(({ id }) => id);
  const total = few === null ? await countAll(db, query) : few.length;
  return { files: await filesOf(db, ids), total, more: found.length > limit };
}

/** All that a search finds, in one reading of the names; null when it is much. */
async function fewFound(db: LedgerDb, query: OwnFilesQuery): Promise<readonly Placed[] | null> {
  const found: Placed[] = [];
  for (const part of partsOf(db, query)) {
    const more = part.select(['id', ORDERS[query.sort].as('key')]).limit(sql.lit(FEW + 1 - found.length));
    found.push(...(await more.execute()));
    if (found.length > FEW) return null;
  }
  return found;
}

/** The first files of every part behind a place, as many as the page can need of each. */
async function firstOfAll(
  db: LedgerDb,
  query: OwnFilesQuery,
  mark: Placed | null,
): Promise<readonly Placed[]> {
  const placed: Placed[] = [];
  for (const part of partsOf(db, query)) placed.push(...(await firstOf(part, query, mark)));
  return placed;
}

/** Where a file of the person is in an order, whatever became of it. */
async function placeOf(
  db: LedgerDb,
  { owner, sort }: OwnFilesQuery,
  id: FileId,
): Promise<Placed | undefined> {
  return db
    .selectFrom('files')
    .select(['id', ORDERS[sort].as('key')])
    .where('id', '=', id)
    .where('owner', '=', owner)
    .executeTakeFirst();
}

/**
 * The queries that find all between them. What came in and rests is looked for state by state, each along the index
 * of its order; together they would have to be sorted. What is on its way is little, and is sorted.
 */
function partsOf(db: LedgerDb, query: OwnFilesQuery): readonly Part[] {
  const { owner, leaving, states, search, sort } = query;
  const files = db.selectFrom('files').$if(search !== '', (part) => part.where(isFound(search)));
  if (leaving) return [files.where('owner', '=', owner).where(LEAVES).where('state', 'in', states)];
  const resting = states.filter(isResting);
  const onTheWay = states.filter((state) => !isResting(state) && !ONLY_LEAVING.has(state));
  const rests = files
    .where('owner', '=', owner)
    .where(search !== '' || sort === 'name' ? IS_FOUND : IS_SORTED);
  return [
    ...resting.map((state) => rests.where('state', '=', state)),
    // Along the states: all that a person ever sent would be looked at by owner.
    ...onTheWay.map((state) =>
      files.where('state', '=', state).where(BY_STATE).where(COMES).where(sql`owner || ''`, '=', owner),
    ),
  ];
}

/** The first files of a part in the order of the query, behind a place; one more than the page has. */
async function firstOf(part: Part, query: OwnFilesQuery, mark: Placed | null): Promise<readonly Placed[]> {
  const { sort, descending, search, limit } = query;
  const key = ORDERS[sort];
  const direction = descending ? 'desc' : 'asc';
  // A search goes along names in any order: to test each name of another index, its row would have to be read.
  const id = search === '' || sort === 'name' ? sql.ref<string>('id') : sql<string>`id || ''`;
  const rest = mark === null ? part : part.where(isBehind(query, mark));
  return rest
    .select(['id', key.as('key')])
    .$if(sort !== 'newest', (select) => select.orderBy(key, direction))
    .orderBy(id, direction)
    .limit(sql.lit(limit + 1))
    .execute();
}

/** Whether a file stands behind a place of an order. */
function isBehind({ sort, descending }: OwnFilesQuery, { id, key: at }: Placed): RawBuilder<SqlBool> {
  const key = ORDERS[sort];
  const behind = sql.raw(descending ? '<' : '>');
  if (sort === 'newest') return sql<SqlBool>`id ${behind} ${id}`;
  const isPast = sql<SqlBool>`(${key}, id) ${behind} (${at}, ${id})`;
  // An index over an expression is found by the expression alone.
  return sort === 'expires' ? sql<SqlBool>`${key} ${behind}= ${at} and ${isPast}` : isPast;
}

/** As the database compares: text by its bytes. */
function inOrder(a: Placed, b: Placed): number {
  const byKey =
    typeof a.key === 'number' && typeof b.key === 'number'
      ? a.key - b.key
      : Buffer.compare(Buffer.from(String(a.key)), Buffer.from(String(b.key)));
  return byKey === 0 ? compareText(a.id, b.id) : byKey;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The rows of ids, in their order. Only ids were sorted: rows are wide. */
async function filesOf(db: LedgerDb, ids: readonly FileId[]): Promise<readonly CustodyFile[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('files').selectAll().where('id', 'in', ids).execute();
  const files = new Map(rows.map((row) => [row.id, toFile(row)]));
  return ids.flatMap((id) => files.get(id) ?? []);
}

async function countAll(db: LedgerDb, query: OwnFilesQuery): Promise<number> {
  let total = 0;
  for (const part of partsOf(db, query)) {
    const { count } = await part
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    total += count;
  }
  return total;
}

/** The files of an account that audit rows after `seq` are about, and the newest row of the log. */
export async function filesTouched(
  db: LedgerDb,
  owner: AccountId,
  seq: number | null,
  limit: number,
): Promise<{ readonly files: readonly FileId[]; readonly seq: number }> {
  const { size } = await db.selectFrom('audit_head').select('size').executeTakeFirstOrThrow();
  if (seq === null || seq >= size) return { files: [], seq: size };
  const rows = await db
    .selectFrom('audit_subjects as about')
    .innerJoin('audit_log as log', 'log.seq', 'about.seq')
    .select(['log.seq', 'log.entry'])
    .where('about.subject', '=', owner)
    .where('about.seq', '>=', seq)
    .orderBy('about.seq')
    .limit(limit)
    .execute();
  const files = rows.map(({ entry }) => fileIn(entry)).filter((id) => id !== null);
  const next = rows.length === limit ? (rows.at(-1)?.seq ?? size) + 1 : size;
  return { files: [...new Set(files)], seq: next };
}

function fileIn(entry: string): FileId | null {
  const { subjects } = JSON.parse(entry) as { readonly subjects: Subjects };
  return subjects.file ?? null;
}

/** States of what leaves alone. */
const ONLY_LEAVING: ReadonlySet<FileState> = new Set(['sealing', 'sealed', 'releasing', 'released']);

function isResting(state: FileState): boolean {
  return RESTING_STATES.some((one) => one === state);
}

/** By the keys that names are compared by, so that capitals and accents are as in the rest of the ledger. */
function isFound(search: string): RawBuilder<SqlBool> {
  const pattern = `%${nameKey(search).replaceAll(/[\\%_]/g, (special) => `\\${special}`)}%`;
  return sql<SqlBool>`(name_key like ${pattern} escape '\\' or folder_key like ${pattern} escape '\\')`;
}
