import { type Kysely, sql } from 'kysely';

/**
 * Indexes for the pages of a person's files, one for each order, and the one by name wide enough for searches. Only
 * files that have come to rest are in them, so that none is touched between the first byte and the admission.
 */
export async function indexOwnFiles(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(name).on('files');
  const atRest = sql<boolean>`leaves_by = '' and state in ('arrived', 'held', 'quarantined', 'shared', 'removed', 'revoked', 'destroying', 'destroyed')`;
  // `leaves_by` is a column too, since an index has to hold all that a query looks at to be enough for it.
  // The last parts always hold. They say which index is meant, where SQLite would take another.
  const sorted = sql<boolean>`${atRest} and owner > ''`;
  const found = sql<boolean>`${atRest} and owner <> ''`;

  await index('files_own_newest').columns(['owner', 'leaves_by', 'state', 'id']).where(sorted).execute();
  await index('files_own_size')
    .columns(['owner', 'leaves_by', 'state', 'size', 'id'])
    .where(sorted)
    .execute();
  await index('files_own_expires')
    .columns(['owner', 'leaves_by', 'state'])
    .expression(sql`coalesce(expires_at, 0)`)
    .column('id')
    .where(sorted)
    .execute();
  await index('files_own_name')
    .columns(['owner', 'leaves_by', 'state', 'name_key', 'id', 'folder_key', 'size'])
    .expression(sql`coalesce(expires_at, 0)`)
    .where(found)
    .execute();
}
