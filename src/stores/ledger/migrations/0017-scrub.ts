import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** When each file was last compared with its digest, what its inode was like then, and what was found damaged. */
export async function extendForScrub(db: Kysely<unknown>, { integer, text }: LedgerDialect): Promise<void> {
  await db.schema.alterTable('files').addColumn('scrubbed_at', integer).execute();
  await db.schema.alterTable('files').addColumn('stamp', text).execute();
  await db.schema.alterTable('files').addColumn('damaged_at', integer).execute();
  await db.schema
    .createIndex('files_scrub')
    .on('files')
    .expression(sql`coalesce(scrubbed_at, created_at)`)
    .column('id')
    .where(
      sql<boolean>`sha256 is not null and ((state = 'arrived' and zone = 'arrivals') or (state = 'released' and zone = 'outbound') or (state = 'held' and zone in ('airlock', 'arrivals', 'outbound')) or (state = 'quarantined' and zone = 'quarantine') or (state = 'shared' and zone = 'share')) and (reason is null or reason not in ('bytes-differ', 'bytes-missing', 'changed-since', 'gone-since'))`,
    )
    .execute();
  // A damaged working file is not sealed.
  await db.schema.dropIndex('files_clearing').execute();
  await db.schema
    .createIndex('files_clearing')
    .on('files')
    .column('id')
    .where(
      sql<boolean>`(state = 'removed' and zone <> 'gone') or (zone = 'airlock' and (state in ('arrived', 'released', 'quarantined') or (state = 'abandoned' and reason in ('same-bytes', 'source-missing', 'source-changing', 'right-withdrawn', 'too-large', 'bytes-corrupt'))))`,
    )
    .execute();
  await db.schema
    .createIndex('files_damaged')
    .on('files')
    .column('id')
    .where(sql<boolean>`damaged_at is not null and state in ('held', 'quarantined', 'shared')`)
    .execute();
}
