import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Accounts with what they sign in with, projects, shares and members. */
export async function makePeopleTables(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  await makeAccounts(db, dialect);
  await makeCredentials(db, dialect);
  await makeProjects(db, dialect);
}

async function makeAccounts(db: Kysely<unknown>, { integer, text, tableEnd }: LedgerDialect): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('full_name', text, (column) => column.notNull())
    .addColumn('email', text, (column) => column.notNull())
    .addColumn('role', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .modifyEnd(tableEnd)
    .execute();
}

async function makeCredentials(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, bytes, tableEnd, keyedTableEnd } = dialect;

  await db.schema
    .createTable('credentials')
    .addColumn('account', text, (column) => column.notNull().primaryKey().references('accounts.id'))
    .addColumn('password_hash', text)
    .addColumn('totp_sealed', bytes)
    .addColumn('totp_step', integer)
    .modifyEnd(keyedTableEnd)
    .execute();

  await db.schema
    .createTable('ssh_keys')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('algorithm', text, (column) => column.notNull())
    .addColumn('blob', text, (column) => column.notNull())
    .addColumn('fingerprint', text, (column) => column.notNull())
    .addColumn('comment', text, (column) => column.notNull())
    .addColumn('added_at', integer, (column) => column.notNull())
    .addUniqueConstraint('ssh_keys_blob', ['account', 'blob'])
    .modifyEnd(tableEnd)
    .execute();

  await db.schema
    .createTable('access_tokens')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('scopes', text, (column) => column.notNull())
    .addColumn('side', text, (column) => column.notNull())
    .addColumn('secret_digest', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('revoked_at', integer)
    .addColumn('last_used_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema.createIndex('access_tokens_account').on('access_tokens').column('account').execute();
}

async function makeProjects(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, tableEnd, keyedTableEnd } = dialect;

  await db.schema
    .createTable('projects')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('case_ref', text, (column) => column.notNull().unique())
    .addColumn('title', text, (column) => column.notNull())
    .addColumn('iao', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('created_at', integer, (column) => column.notNull())
    .modifyEnd(tableEnd)
    .execute();

  await db.schema
    .createTable('shares')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('project', text, (column) => column.notNull().references('projects.id'))
    .addColumn('created_at', integer, (column) => column.notNull())
    .modifyEnd(tableEnd)
    .execute();

  await db.schema
    .createTable('share_members')
    .addColumn('share', text, (column) => column.notNull().references('shares.id'))
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('rights', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('share_members_key', ['share', 'account'])
    .modifyEnd(keyedTableEnd)
    .execute();
}
