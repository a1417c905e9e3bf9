import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Where people may come from, and who may come back without a new code. */
export async function extendSignIn(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, tableEnd } = dialect;
  await db.schema
    .alterTable('accounts')
    .addColumn('sources', text, (column) => column.notNull().defaultTo(''))
    .execute();
  await db.schema.createIndex('ssh_keys_of_all').on('ssh_keys').column('blob').execute();
  await db.schema
    .createTable('reconnections')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('side', text, (column) => column.notNull())
    .addColumn('proofs', text, (column) => column.notNull())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('until', integer, (column) => column.notNull())
    .addColumn('used_at', integer)
    .addColumn('ended_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema
    .createIndex('reconnections_live')
    .unique()
    .on('reconnections')
    .columns(['account', 'side', 'proofs', 'source'])
    .where(sql<boolean>`ended_at is null`)
    .execute();
}
