import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Subjects } from '../../core/audit/events.ts';
import { nameKey } from '../../core/custody/names.ts';
import type { OwnFilesPage, OwnFilesQuery } from '../../core/custody/ports.ts';
import type { AccountId, FileId } from '../../core/kit/ids.ts';
import { COMES, LEAVES } from './file-conditions.ts';
import { toFile } from './file-rows.ts';
import type { LedgerDb } from './tables.ts';

/** What each order sorts by; the id keeps files that are alike in one order from page to page. */
const ORDERS = { newest: 'id', name: 'name_key', size: 'size', expires: 'expires_at' } as const;

/** A page of a person's own files, and how many there are. */
export async function pageOfOwn(db: LedgerDb, query: OwnFilesQuery): Promise<OwnFilesPage> {
  const { sort, descending, offset, limit } = query;
  const direction = descending ? 'desc' : 'asc';
  const { total } = await chosen(db, query)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('files')
    .selectAll()
    // Only ids are sorted: rows are wide.
    .where(
      'id',
      'in',
      chosen(db, query)
        .select('id')
        .orderBy(ORDERS[sort], direction)
        .orderBy('id', direction)
        .offset(offset)
        .limit(limit),
    )
    .orderBy(ORDERS[sort], direction)
    .orderBy('id', direction)
    .execute();
  return { files: rows.map(toFile), total };
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

function chosen(db: LedgerDb, { owner, leaving, states, search }: OwnFilesQuery) {
  return db
    .selectFrom('files')
    .where('owner', '=', owner)
    .where(leaving ? LEAVES : COMES)
    .where('state', 'in', states)
    .$if(search !== '', (select) => select.where(isFound(search)));
}

/** By the keys that names are compared by, so that capitals and accents are as in the rest of the ledger. */
function isFound(search: string): RawBuilder<SqlBool> {
  const pattern = `%${nameKey(search).replaceAll(/[\\%_]/g, (special) => `\\${special}`)}%`;
  return sql<SqlBool>`(name_key like ${pattern} escape '\\' or folder_key like ${pattern} escape '\\')`;
}
