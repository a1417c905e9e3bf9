import type { CustodyFile } from '../../core/custody/file.ts';
import { AFTER_FREEZE } from '../../core/custody/retention/after-freeze.ts';
import type { DueCursor } from '../../core/custody/retention/ports.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { IS_KEPT_FOR_A_TIME } from './file-conditions.ts';
import { toFile } from './file-rows.ts';
import { isKeptByFreeze } from './freezes.ts';
import { IS_ON_HOLD } from './holds.ts';
import type { LedgerDb } from './tables.ts';

/** A page of due files, along the index. */
export async function dueFiles(
  db: LedgerDb,
  asOf: Instant,
  after: DueCursor | null,
  limit: number,
): Promise<readonly CustodyFile[]> {
  let due = db
    .selectFrom('files')
    .selectAll()
    .where(IS_KEPT_FOR_A_TIME)
    .where('expires_at', '<=', asOf)
    .where((eb) => eb.not(IS_ON_HOLD))
    .where((eb) => eb.not(isKeptByFreeze(asOf - AFTER_FREEZE)));
  if (after !== null) {
    due = due.where((eb) => eb(eb.refTuple('expires_at', 'id'), '>', eb.tuple(after.expiresAt, after.id)));
  }
  const rows = await due.orderBy('expires_at').orderBy('id').limit(limit).execute();
  return rows.map(toFile);
}
