import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Devices that show codes, with their sealed seeds. */
export async function makeHardTokensTable(
  db: Kysely<unknown>,
  { integer, bytes, text, tableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('hard_tokens')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('serial', text, (column) => column.notNull().unique())
    .addColumn('manufacturer', text, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('hash', text, (column) => column.notNull())
    .addColumn('digits', integer, (column) => column.notNull())
    .addColumn('period', integer, (column) => column.notNull())
    .addColumn('sealed', bytes, (column) => column.notNull())
    .addColumn('account', text, (column) => column.references('accounts.id'))
    .addColumn('used_up_to', integer, (column) => column.notNull())
    .addColumn('drift', integer, (column) => column.notNull())
    .addColumn('starts_at', integer)
    .addColumn('expires_at', integer)
    .addColumn('imported_at', integer, (column) => column.notNull())
    .addColumn('assigned_at', integer)
    .addColumn('last_used_at', integer)
    .addColumn('lost_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema.createIndex('hard_tokens_of_account').on('hard_tokens').column('account').execute();
}
