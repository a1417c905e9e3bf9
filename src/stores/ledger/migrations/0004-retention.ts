import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Holds, certificates, what a file's end needs to know, and how many files have bytes. */
export async function makeRetentionTables(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  await makeHolds(db, dialect);
  await makeCertificates(db, dialect);
  await extendFiles(db, dialect);
  await makeFileIndexes(db);
  await makeCounters(db, dialect);
}

async function makeHolds(db: Kysely<unknown>, { integer, text, tableEnd }: LedgerDialect): Promise<void> {
  await db.schema
    .createTable('holds')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('file', text, (column) => column.references('files.id'))
    .addColumn('account', text, (column) => column.references('accounts.id'))
    .addColumn('project', text, (column) => column.references('projects.id'))
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('placed_by', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('placed_at', integer, (column) => column.notNull())
    .addColumn('lifted_by', text, (column) => column.references('accounts.id'))
    .addColumn('lifted_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  for (const target of ['file', 'account', 'project']) {
    await db.schema
      .createIndex(`holds_${target}`)
      .on('holds')
      .column(target)
      .where(sql<boolean>`lifted_at is null`)
      .execute();
  }
  await db.schema.createIndex('share_members_account').on('share_members').column('account').execute();
}

async function makeCertificates(db: Kysely<unknown>, { text, tableEnd }: LedgerDialect): Promise<void> {
  await db.schema
    .createTable('certificates')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('file', text, (column) => column.notNull().references('files.id'))
    .addColumn('certificate', text, (column) => column.notNull())
    .modifyEnd(tableEnd)
    .execute();
  await db.schema.createIndex('certificates_file').on('certificates').columns(['file', 'id']).execute();
}

async function extendFiles(db: Kysely<unknown>, { integer }: LedgerDialect): Promise<void> {
  for (const column of ['warned_before', 'extended_at', 'destroyed_at']) {
    await db.schema.alterTable('files').addColumn(column, integer).execute();
  }
}

async function makeFileIndexes(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(name).on('files');

  await index('files_due')
    .columns(['expires_at', 'id'])
    .where(sql<boolean>`state in ('arrived', 'held', 'quarantined', 'abandoned') and zone <> 'gone'`)
    .execute();
  await index('files_warning')
    .columns(['warned_before', 'expires_at', 'id'])
    .where(sql<boolean>`state = 'arrived'`)
    .execute();
  // A removed file may have its bytes in Arrivals now.
  await db.schema.dropIndex('files_clearing').execute();
  await index('files_clearing')
    .column('id')
    .where(
      sql<boolean>`(state = 'removed' and zone <> 'gone') or (zone = 'airlock' and (state in ('arrived', 'quarantined') or (state = 'abandoned' and reason = 'same-bytes')))`,
    )
    .execute();
}

async function makeCounters(
  db: Kysely<unknown>,
  { integer, text, keyedTableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('counters')
    .addColumn('name', text, (column) => column.notNull().primaryKey())
    .addColumn('value', integer, (column) => column.notNull())
    .modifyEnd(keyedTableEnd)
    .execute();
  await sql`insert into counters (name, value)
    select 'files-with-bytes', count(*) from files where zone <> 'gone'`.execute(db);
}
