import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** The mails that tell people what was changed about their sign-in. */
export async function makeSecurityNoticesTable(
  db: Kysely<unknown>,
  { integer, text, tableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('security_notices')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('seq', integer, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('sent_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema
    .createIndex('security_notices_unsent')
    .on('security_notices')
    .columns(['account', 'id'])
    .where(sql<boolean>`sent_at is null`)
    .execute();
}
