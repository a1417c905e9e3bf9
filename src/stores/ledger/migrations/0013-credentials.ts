import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** What people do with their credentials in the portal: what is mailed to them, emergency codes, PINs, step-up. */
export async function extendCredentials(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, bytes, tableEnd, keyedTableEnd } = dialect;
  await db.schema.alterTable('credentials').addColumn('pin_sealed', bytes).execute();
  await db.schema
    .alterTable('web_sessions')
    .addColumn('in_emergency', integer, (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('web_sessions').addColumn('proven_at', integer).execute();
  await db.schema
    .createTable('emergency_codes')
    .addColumn('account', text, (column) => column.notNull().primaryKey().references('accounts.id'))
    .addColumn('sealed', bytes, (column) => column.notNull())
    .addColumn('made_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('used_at', integer)
    .modifyEnd(keyedTableEnd)
    .execute();
  await db.schema
    .createTable('mailed_proofs')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('purpose', text, (column) => column.notNull())
    .addColumn('side', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('binding', text)
    .addColumn('secret_digest', text)
    .addColumn('mailed_at', integer)
    .addColumn('attempts', integer, (column) => column.notNull())
    .addColumn('used_at', integer)
    .addColumn('ended_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema
    .createIndex('mailed_proofs_of_account')
    .on('mailed_proofs')
    .columns(['account', 'created_at'])
    .execute();
  await db.schema
    .createIndex('mailed_proofs_unsent')
    .on('mailed_proofs')
    .columns(['account', 'id'])
    .where(sql<boolean>`mailed_at is null and ended_at is null`)
    .execute();
}
