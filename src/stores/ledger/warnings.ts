import type { AuditRecord } from '../../core/audit/events.ts';
import type { CustodyFile, FileRef } from '../../core/custody/file.ts';
import type { NewNotice } from '../../core/custody/notice.ts';
import { AFTER_FREEZE } from '../../core/custody/retention/after-freeze.ts';
import type { Instant, Millis } from '../../core/kit/clock.ts';
import { appendAudit } from './audit-log.ts';
import { IS_WARNED_OF } from './file-conditions.ts';
import { toFile } from './file-rows.ts';
import { isKeptByFreeze } from './freezes.ts';
import { IS_ON_HOLD } from './holds.ts';
import { addNotice } from './notices.ts';
import type { LedgerDb } from './tables.ts';

/** Files that end within `before` from `now`, but not yet, and whose last warning was longer before; by end. */
export async function filesToWarn(
  db: LedgerDb,
  now: Instant,
  before: Millis,
  limit: number,
): Promise<readonly CustodyFile[]> {
  // Step by step, each along the index: together, every file warned of before would be looked at again.
  const found = await endingSoon(db, now, before, null, limit);
  for (let step = await nextStep(db, before); step !== null; step = await nextStep(db, step)) {
    found.push(...(await endingSoon(db, now, before, step, limit)));
  }
  return found
    .sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}

/**
 * Marks files as warned and writes their notices. Left out, with their notices, are those that another caller has
 * warned of at this step meanwhile, and those whose generation or state is past; when that are all, nothing is
 * written.
 */
export async function markWarned(
  db: LedgerDb,
  warned: readonly { readonly ref: FileRef; readonly notices: readonly NewNotice[] }[],
  before: Millis,
  audit: AuditRecord,
): Promise<void> {
  let marked = 0;
  for (const { ref, notices } of warned) {
    const { numUpdatedRows } = await db
      .updateTable('files')
      .set({ warned_before: before })
      .where('id', '=', ref.id)
      .where('generation', '=', ref.generation)
      .where(IS_WARNED_OF)
      .where((eb) => eb.or([eb('warned_before', 'is', null), eb('warned_before', '>', before)]))
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) continue;
    marked++;
    for (const notice of notices) await addNotice(db, notice);
  }
  if (marked > 0) await appendAudit(db, [audit]);
}

/** The next longer step that any file was warned of at last. */
async function nextStep(db: LedgerDb, step: Millis): Promise<Millis | null> {
  const row = await db
    .selectFrom('files')
    .select('warned_before')
    .where(IS_WARNED_OF)
    .where('warned_before', '>', step)
    .orderBy('warned_before')
    .limit(1)
    .executeTakeFirst();
  return row?.warned_before ?? null;
}

async function endingSoon(
  db: LedgerDb,
  now: Instant,
  before: Millis,
  warnedBefore: Millis | null,
  limit: number,
): Promise<CustodyFile[]> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where(IS_WARNED_OF)
    .where('warned_before', warnedBefore === null ? 'is' : '=', warnedBefore)
    .where('expires_at', '>', now)
    .where('expires_at', '<=', now + before)
    .where((eb) => eb.not(IS_ON_HOLD))
    .where((eb) => eb.not(isKeptByFreeze(now - AFTER_FREEZE)))
    .orderBy('expires_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toFile);
}
