import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Mails that their carrier has not taken, and what was to be told by those that were given up. */
export async function makeUntakenMailsTable(
  db: Kysely<unknown>,
  { integer, text, tableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('untaken_mails')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('attempts', integer, (column) => column.notNull())
    .addColumn('since', integer, (column) => column.notNull())
    .addColumn('last_at', integer, (column) => column.notNull())
    .addColumn('next_at', integer)
    .addColumn('reply', text, (column) => column.notNull())
    .modifyEnd(tableEnd)
    .execute();
  await db.schema
    .createIndex('untaken_mails_account')
    .on('untaken_mails')
    .columns(['account', 'kind'])
    .execute();
  for (const table of ['notices', 'freeze_notices', 'security_notices'] as const)
    await db.schema.alterTable(table).addColumn('given_up', text).execute();
}
