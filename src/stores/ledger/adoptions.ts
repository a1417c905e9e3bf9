import type { AuditRecord } from '../../core/audit/events.ts';
import type { Orphan } from '../../core/custody/doctor/ports.ts';
import type { NewNotice } from '../../core/custody/notice.ts';
import type { FileMove } from '../../core/custody/ports.ts';
import type { AdoptedFile } from '../../core/custody/shares/ports.ts';
import { appendAudit } from './audit-log.ts';
import { countBytes } from './counters.ts';
import { moveFile } from './moves.ts';
import { adoptedRow, orphanRow } from './new-rows.ts';
import { addNotice } from './notices.ts';
import { addVerdicts } from './proofs.ts';
import type { LedgerDb } from './tables.ts';

/**
 * Adds a file that somebody has put into Arrivals. No check has seen its bytes, and its one verdict says so
 * wherever verdicts are shown. The file that it replaces gives up its name first. A taken name violates a unique
 * index of `files`, and undoes both.
 */
export async function adoptFile(
  db: LedgerDb,
  file: AdoptedFile,
  replaces: FileMove | null,
  audit: AuditRecord,
): Promise<'added' | 'name-taken' | 'lost-race'> {
  const { id, sha256, at } = file;
  const freed = replaces === null ? 'moved' : await moveFile(db, replaces);
  if (freed !== 'moved') return freed;
  await db.insertInto('files').values(adoptedRow(file)).execute();
  await countBytes(db, 'gone', 'arrivals');
  const detail = 'put into Arrivals through a drive';
  await addVerdicts(db, id, [{ check: 'malware', outcome: 'off', detail, version: 'drives', sha256, at }]);
  await appendAudit(db, [audit]);
  return 'added';
}

/** Makes the row of bytes that no row accounted for. False when there is one by now. */
export async function adoptOrphan(
  db: LedgerDb,
  orphan: Orphan,
  notices: readonly NewNotice[],
  audit: AuditRecord,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows: made } = await db
    .insertInto('files')
    .values(orphanRow(orphan))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirstOrThrow();
  if (made !== 1n) return false;
  await countBytes(db, 'gone', 'airlock');
  for (const notice of notices) await addNotice(db, notice);
  await appendAudit(db, [audit]);
  return true;
}
