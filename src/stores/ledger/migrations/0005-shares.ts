import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** What files need that are moved to shares, or that leave by them; folders for each drop; shares that close. */
export async function extendForShares(db: Kysely<unknown>, dialect: LedgerDialect): Promise<void> {
  await db.schema.alterTable('shares').addColumn('closed_at', dialect.integer).execute();
  await rebuildFolders(db, dialect);
  await dropFileIndexes(db);
  await extendFiles(db, dialect);
  await respellArrivalKeys(db);
  await makeDropIndexes(db);
  await makeWorkIndexes(db);
}

/** A primary key cannot be changed: the rows go to a new table, all of them folders for files on their way in. */
async function rebuildFolders(
  db: Kysely<unknown>,
  { integer, text, keyedTableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema.dropIndex('folders_listing').execute();
  await db.schema.alterTable('folders').renameTo('folders_0004').execute();
  await db.schema
    .createTable('folders')
    .addColumn('owner', text, (column) => column.notNull().references('accounts.id'))
    .addColumn('leaves_by', text, (column) => column.notNull().defaultTo(''))
    .addColumn('path', text, (column) => column.notNull())
    .addColumn('path_key', text, (column) => column.notNull())
    .addColumn('parent_key', text, (column) => column.notNull())
    .addColumn('name_key', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('folders_key', ['owner', 'leaves_by', 'path_key'])
    .modifyEnd(keyedTableEnd)
    .execute();
  await sql`insert into folders (owner, path, path_key, parent_key, name_key, created_at)
    select owner, path, path_key, parent_key, name_key, created_at from folders_0004`.execute(db);
  await db.schema.dropTable('folders_0004').execute();
  await db.schema
    .createIndex('folders_listing')
    .unique()
    .on('folders')
    .columns(['owner', 'leaves_by', 'parent_key', 'name_key'])
    .execute();
}

/** Indexes whose columns or conditions change. */
async function dropFileIndexes(db: Kysely<unknown>): Promise<void> {
  for (const name of ['receiving', 'arrival', 'listed', 'checking', 'clearing', 'due', 'warning']) {
    await db.schema.dropIndex(`files_${name}`).execute();
  }
}

async function extendFiles(db: Kysely<unknown>, { integer, text }: LedgerDialect): Promise<void> {
  // Not null, so that it can stand in unique indexes; the empty text, which is no share, for what comes in.
  await db.schema
    .alterTable('files')
    .addColumn('leaves_by', text, (column) => column.notNull().defaultTo(''))
    .execute();
  await db.schema
    .alterTable('files')
    .addColumn('working_share', text, (column) => column.references('shares.id'))
    .execute();
  for (const column of ['folder', 'folder_key', 'name', 'name_key']) {
    await db.schema.alterTable('files').addColumn(`working_${column}`, text).execute();
  }
  await db.schema.alterTable('files').addColumn('inode', text).execute();
  for (const column of ['carried', 'released_at', 'collected_at']) {
    await db.schema.alterTable('files').addColumn(column, integer).execute();
  }
}

/** Published folders are listed from the files in them now, which needs keys that keep a folder together. */
async function respellArrivalKeys(db: Kysely<unknown>): Promise<void> {
  await sql`update files set arrival_folder_key = replace(arrival_folder_key, '/', ${'\u0001'})
    where arrival_folder_key like '%/%'`.execute(db);
}

const HAS_ARRIVAL = sql<boolean>`state in ('admitting', 'arrived', 'moving', 'releasing', 'released')`;

async function makeDropIndexes(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(name).on('files');

  await index('files_receiving')
    .unique()
    .columns(['owner', 'leaves_by', 'folder_key', 'name_key'])
    .where(sql<boolean>`state = 'receiving'`)
    .execute();
  await index('files_listed')
    .columns(['owner', 'leaves_by', 'folder_key', 'name_key', 'id'])
    .where(
      sql<boolean>`state not in ('abandoned', 'removed', 'shared', 'revoked', 'destroying', 'destroyed')`,
    )
    .execute();
  await index('files_arrival')
    .unique()
    .columns(['owner', 'leaves_by', 'arrival_folder_key', 'arrival_name_key'])
    .where(HAS_ARRIVAL)
    .execute();
  await index('files_published')
    .columns(['owner', 'leaves_by', 'state', 'arrival_folder_key', 'arrival_name_key', 'id'])
    // The second part always holds. Without it, SQLite would take this index where `files_arrival` is meant.
    .where(sql<boolean>`${HAS_ARRIVAL} and id <> ''`)
    .execute();
  await index('files_moving')
    .unique()
    .columns(['working_share', 'working_folder_key', 'working_name_key'])
    .where(sql<boolean>`state = 'moving'`)
    .execute();
  await index('files_digest').columns(['sha256', 'id']).where(sql<boolean>`sha256 is not null`).execute();
  const leaves = sql<boolean>`leaves_by <> ''`;
  await index('files_leaving').column('id').where(leaves).execute();
  await index('files_leaving_owner').columns(['owner', 'id']).where(leaves).execute();
}

async function makeWorkIndexes(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(name).on('files');

  await index('files_checking')
    .column('id')
    .where(sql<boolean>`state in ('received', 'sealed', 'inspecting', 'admitting', 'releasing')`)
    .execute();
  await index('files_clearing')
    .column('id')
    .where(
      sql<boolean>`(state = 'removed' and zone <> 'gone') or (zone = 'airlock' and (state in ('arrived', 'released', 'quarantined') or (state = 'abandoned' and reason in ('same-bytes', 'source-missing', 'source-changing', 'right-withdrawn', 'too-large'))))`,
    )
    .execute();
  await index('files_due')
    .columns(['expires_at', 'id'])
    .where(
      sql<boolean>`state in ('arrived', 'held', 'quarantined', 'abandoned', 'released', 'revoked') and zone not in ('gone', 'share')`,
    )
    .execute();
  await index('files_warning')
    .columns(['warned_before', 'expires_at', 'id'])
    .where(sql<boolean>`state = 'arrived' or (state = 'released' and collected_at is null)`)
    .execute();
}
