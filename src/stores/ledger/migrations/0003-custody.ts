import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/**
 * Folders, files, and what belongs to a file.
 *
 * A query uses a partial index only when it holds the index's condition word for word: `file-conditions.ts` has
 * the queries' copies, made from the core's lists, and the tests ask the planner whether they still meet.
 */
export async function makeCustodyTables(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  await makeFolders(db, dialect);
  await makeFiles(db, dialect);
  await makeFileIndexes(db);
  await makeWriters(db, dialect);
  await makeProofs(db, dialect);
  await makeNotices(db, dialect);
}

async function makeFolders(
  db: Kysely<unknown>,
  { integer, text, keyedTableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('folders')
    .addColumn('owner', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('path', text, (column) => column.notNull())
    .addColumn('path_key', text, (column) => column.notNull())
    .addColumn('parent_key', text, (column) => column.notNull())
    .addColumn('name_key', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('folders_key', ['owner', 'path_key'])
    .modifyEnd(keyedTableEnd)
    .execute();
  await db.schema
    .createIndex('folders_listing')
    .unique()
    .on('folders')
    .columns(['owner', 'parent_key', 'name_key'])
    .execute();
}

async function makeFiles(db: Kysely<unknown>, { integer, text, tableEnd }: LedgerDialect): Promise<void> {
  await db.schema
    .createTable('files')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('owner', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('generation', integer, (column) => column.notNull())
    .addColumn('door', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('folder', text, (column) => column.notNull())
    .addColumn('folder_key', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('name_key', text, (column) => column.notNull())
    .addColumn('arrival_folder', text)
    .addColumn('arrival_folder_key', text)
    .addColumn('arrival_name', text)
    .addColumn('arrival_name_key', text)
    .addColumn('zone', text, (column) => column.notNull())
    .addColumn('size', integer, (column) => column.notNull())
    .addColumn('declared_size', integer)
    .addColumn('gap', integer, (column) => column.notNull())
    .addColumn('client_mtime', integer)
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('last_byte_at', integer, (column) => column.notNull())
    .addColumn('received_at', integer)
    .addColumn('settles_at', integer)
    .addColumn('inspected_at', integer)
    .addColumn('sha256', text)
    .addColumn('content_type', text)
    .addColumn('arrived_at', integer)
    .addColumn('expires_at', integer)
    .addColumn('expires_rule', text)
    .addColumn('reason', text)
    .addColumn('same_bytes_as', text, (column) => column.references('files.id'))
    .modifyEnd(tableEnd)
    .execute();
}

async function makeFileIndexes(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(name).on('files');

  await index('files_receiving')
    .unique()
    .columns(['owner', 'folder_key', 'name_key'])
    .where(sql<boolean>`state = 'receiving'`)
    .execute();
  await index('files_arrival')
    .unique()
    .columns(['owner', 'arrival_folder_key', 'arrival_name_key'])
    .where(sql<boolean>`state in ('admitting', 'arrived', 'moving')`)
    .execute();
  await index('files_listed')
    .columns(['owner', 'folder_key', 'name_key', 'id'])
    .where(
      sql<boolean>`state not in ('abandoned', 'removed', 'shared', 'revoked', 'destroying', 'destroyed')`,
    )
    .execute();
  await index('files_checking')
    .column('id')
    .where(sql<boolean>`state in ('received', 'inspecting', 'admitting')`)
    .execute();
  await index('files_clearing')
    .column('id')
    .where(
      sql<boolean>`zone = 'airlock' and (state in ('arrived', 'quarantined', 'removed') or (state = 'abandoned' and reason = 'same-bytes'))`,
    )
    .execute();
  await index('files_unfinished')
    .column('last_byte_at')
    .where(sql<boolean>`state = 'receiving' or (state = 'received' and settles_at is null)`)
    .execute();
  await index('files_owner').columns(['owner', 'id']).execute();
  // The condition always holds. Without it, SQLite would take this index, with every file that has arrived in it,
  // where one of the small ones is meant.
  await index('files_state').columns(['state', 'id']).where(sql<boolean>`id > ''`).execute();
}

async function makeWriters(
  db: Kysely<unknown>,
  { integer, text, keyedTableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('leases')
    .addColumn('file', text, (column) => column.notNull().primaryKey().references('files.id'))
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('until', integer, (column) => column.notNull())
    .modifyEnd(keyedTableEnd)
    .execute();

  await db.schema
    .createTable('reservations')
    .addColumn('file', text, (column) => column.notNull().primaryKey().references('files.id'))
    .addColumn('bytes', integer, (column) => column.notNull())
    .modifyEnd(keyedTableEnd)
    .execute();
}

async function makeProofs(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, tableEnd, keyedTableEnd } = dialect;

  await db.schema
    .createTable('verdicts')
    .addColumn('file', text, (column) => column.notNull().references('files.id'))
    .addColumn('place', integer, (column) => column.notNull())
    .addColumn('check_name', text, (column) => column.notNull())
    .addColumn('outcome', text, (column) => column.notNull())
    .addColumn('detail', text)
    .addColumn('version', text, (column) => column.notNull())
    .addColumn('sha256', text, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('verdicts_key', ['file', 'place'])
    .modifyEnd(keyedTableEnd)
    .execute();

  await db.schema
    .createTable('receipts')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('file', text, (column) => column.notNull().references('files.id'))
    .addColumn('receipt', text, (column) => column.notNull())
    .modifyEnd(tableEnd)
    .execute();
  await db.schema.createIndex('receipts_file').on('receipts').columns(['file', 'id']).execute();
}

async function makeNotices(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  const { integer, text, tableEnd, keyedTableEnd } = dialect;

  await db.schema
    .createTable('notices')
    .addColumn('id', text, (column) => column.notNull().primaryKey())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('account', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('file', text, (column) => column.notNull().references('files.id'))
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('sent_at', integer)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema
    .createIndex('notices_unsent')
    .on('notices')
    .columns(['account', 'id'])
    .where(sql<boolean>`sent_at is null`)
    .execute();

  await db.schema
    .createTable('marks')
    .addColumn('name', text, (column) => column.notNull().primaryKey())
    .addColumn('value', text, (column) => column.notNull())
    .modifyEnd(keyedTableEnd)
    .execute();
}
