import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Sessions of browsers, and tokens that open one upload. */
export async function extendForPortal(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, tableEnd } = dialect;
  await db.schema.alterTable('access_tokens').addColumn('upload', text).execute();
  await db.schema
    .createIndex('access_tokens_of_account')
    .on('access_tokens')
    .columns(['account', 'expires_at'])
    .execute();
  await db.schema
    .createTable('web_sessions')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('side', text, (column) => column.notNull())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('secret_digest', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('seen_at', integer, (column) => column.notNull())
    .addColumn('until', integer, (column) => column.notNull())
    .addColumn('ended_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema
    .createIndex('web_sessions_of_account')
    .on('web_sessions')
    .columns(['account', 'until'])
    .execute();
}
