import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Security keys of people (WebAuthn), and the challenges that were sent to browsers. */
export async function makeSecurityKeyTables(
  db: Kysely<unknown>,
  { integer, bytes, text, tableEnd, keyedTableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('security_keys')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('side', text, (column) => column.notNull())
    .addColumn('rp_id', text, (column) => column.notNull())
    .addColumn('credential_id', text, (column) => column.notNull())
    .addColumn('public_key', bytes, (column) => column.notNull())
    .addColumn('counter', integer, (column) => column.notNull())
    .addColumn('transports', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('verifies_user', integer, (column) => column.notNull())
    .addColumn('added_at', integer, (column) => column.notNull())
    .addColumn('last_used_at', integer)
    .addUniqueConstraint('security_keys_credential', ['side', 'rp_id', 'credential_id'])
    .modifyEnd(tableEnd)
    .execute();
  await db.schema.createIndex('security_keys_of_account').on('security_keys').column('account').execute();
  await db.schema
    .createTable('key_challenges')
    .addColumn('digest', text, (column) => column.notNull().primaryKey())
    .addColumn('purpose', text, (column) => column.notNull())
    .addColumn('side', text, (column) => column.notNull())
    .addColumn('rp_id', text, (column) => column.notNull())
    .addColumn('origin', text, (column) => column.notNull())
    .addColumn('account', text)
    .addColumn('session', text)
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('until', integer, (column) => column.notNull())
    .modifyEnd(keyedTableEnd)
    .execute();
  await db.schema.createIndex('key_challenges_over').on('key_challenges').column('until').execute();
  await db.schema
    .createIndex('key_challenges_of_source')
    .on('key_challenges')
    .columns(['source', 'until'])
    .execute();
}
