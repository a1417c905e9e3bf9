import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Freezes, and the mails about them. */
export async function makeFreezeTables(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, tableEnd } = dialect;
  await db.schema
    .createTable('freezes')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('account', text, (column) => column.references('accounts.id'))
    .addColumn('project', text, (column) => column.references('projects.id'))
    .addColumn('door', text)
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('placed_by', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('placed_at', integer, (column) => column.notNull())
    .addColumn('proposed_by', text, (column) => column.references('accounts.id'))
    .addColumn('proposed_at', integer)
    .addColumn('lifted_by', text, (column) => column.references('accounts.id'))
    .addColumn('lifted_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema
    .createIndex('freezes_live')
    .on('freezes')
    .column('id')
    .where(sql<boolean>`lifted_at is null`)
    .execute();
  await db.schema.createIndex('freezes_lifted').on('freezes').column('lifted_at').execute();
  await db.schema
    .createTable('freeze_notices')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('freeze', text, (column) => column.notNull().references('freezes.id'))
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('sent_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema
    .createIndex('freeze_notices_unsent')
    .on('freeze_notices')
    .columns(['account', 'id'])
    .where(sql<boolean>`sent_at is null`)
    .execute();
}
