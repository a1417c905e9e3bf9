import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** What people have done for the gates of the site, and the texts of its agreements. */
export async function extendForGates(
  db: Kysely<unknown>,
  { integer, text, keyedTableEnd }: LedgerDialect,
): Promise<void> {
  const columns = [
    ['training_expires', integer],
    ['training_warned', integer],
    ['agreed_version', text],
    ['agreed_at', integer],
    ['inducted_on', integer],
  ] as const;
  for (const [name, type] of columns) await db.schema.alterTable('accounts').addColumn(name, type).execute();
  await db.schema
    .createTable('agreements')
    .addColumn('version', text, (column) => column.notNull().primaryKey())
    .addColumn('text', text, (column) => column.notNull())
    .addColumn('published_at', integer, (column) => column.notNull())
    .modifyEnd(keyedTableEnd)
    .execute();
}
