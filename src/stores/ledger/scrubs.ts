import { type RawBuilder, sql } from 'kysely';
import type { CustodyFile, FileRef } from '../../core/custody/file.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { IS_DAMAGED, IS_SCRUBBED } from './file-conditions.ts';
import { toFile } from './file-rows.ts';
import type { LedgerDb } from './tables.ts';

/** Since when nobody has compared a file: the order of index `files_scrub`. */
const UNREAD_SINCE: RawBuilder<Instant> = sql<Instant>`coalesce(scrubbed_at, created_at)`;

/** Files that were not compared since an instant, the longest ago first. */
export async function filesToScrub(
  db: LedgerDb,
  before: Instant,
  limit: number,
): Promise<readonly CustodyFile[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where(IS_SCRUBBED)
    .where(UNREAD_SINCE, '<', before)
    .orderBy(UNREAD_SINCE)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toFile);
}

/** Notes when a file was compared, and what its inode was like. */
export async function noteScrubbed(
  db: LedgerDb,
  { id, generation }: FileRef,
  at: Instant,
  stamp: string | null,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('files')
    .set({ scrubbed_at: at, stamp })
    .where('id', '=', id)
    .where('generation', '=', generation)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Files with other bytes than they should have. */
export async function damagedFiles(db: LedgerDb, limit: number): Promise<readonly CustodyFile[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where(IS_DAMAGED)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toFile);
}

/** Since when nobody has compared the file that was compared the longest ago. */
export async function oldestScrub(db: LedgerDb): Promise<Instant | null> {
  const row = await db
    .selectFrom('files')
    .select(UNREAD_SINCE.as('since'))
    .where(IS_SCRUBBED)
    .orderBy(UNREAD_SINCE)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.since ?? null;
}
