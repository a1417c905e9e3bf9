import { type Kysely, sql } from 'kysely';

/** Everything whose bytes we keep and have a digest of is read again, whether it is ever given to anybody or not. */
export async function extendScrubToAllBytes(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('files_scrub').execute();
  await db.schema
    .createIndex('files_scrub')
    .on('files')
    .expression(sql`coalesce(scrubbed_at, created_at)`)
    .column('id')
    .where(
      sql<boolean>`sha256 is not null and ((state = 'arrived' and zone = 'arrivals') or (state in ('released', 'revoked') and zone = 'outbound') or (state = 'held' and zone in ('airlock', 'arrivals', 'outbound')) or (state in ('inspecting', 'abandoned') and zone = 'airlock') or (state = 'quarantined' and zone = 'quarantine') or (state = 'shared' and zone = 'share')) and (reason is null or reason not in ('bytes-differ', 'bytes-missing', 'changed-since', 'gone-since'))`,
    )
    .execute();
  await db.schema.dropIndex('files_damaged').execute();
  await db.schema
    .createIndex('files_damaged')
    .on('files')
    .column('id')
    .where(
      sql<boolean>`damaged_at is not null and state in ('held', 'quarantined', 'shared', 'abandoned', 'revoked')`,
    )
    .execute();
}
