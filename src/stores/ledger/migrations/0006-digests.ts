import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Digests that people ask for beside SHA-256, by the SHA-256 of the same bytes. */
export async function makeDigestsTable(
  db: Kysely<unknown>,
  { text, keyedTableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('digests')
    .addColumn('sha256', text, (column) => column.notNull().primaryKey())
    .addColumn('md5', text, (column) => column.notNull())
    .addColumn('sha1', text, (column) => column.notNull())
    .modifyEnd(keyedTableEnd)
    .execute();
}
