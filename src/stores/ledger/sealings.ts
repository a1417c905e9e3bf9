import type { AuditRecord } from '../../core/audit/events.ts';
import type { NewSealing } from '../../core/custody/outbound/ports.ts';
import { appendAudit } from './audit-log.ts';
import { countBytes } from './counters.ts';
import { sealingRow } from './new-rows.ts';
import type { LedgerDb } from './tables.ts';

/** Inserts a file that begins by being sealed. It counts as having bytes, as an upload does, from now on. */
export async function startSealing(db: LedgerDb, sealing: NewSealing, audit: AuditRecord): Promise<void> {
  await db.insertInto('files').values(sealingRow(sealing)).execute();
  await countBytes(db, 'gone', 'airlock');
  await appendAudit(db, [audit]);
}
