import type { AuditRecord } from '../../core/audit/events.ts';
import type { FileMove } from '../../core/custody/ports.ts';
import type { AdoptedFile } from '../../core/custody/shares/ports.ts';
import { appendAudit } from './audit-log.ts';
import { countBytes } from './counters.ts';
import { moveFile } from './moves.ts';
import { adoptedRow } from './new-rows.ts';
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
