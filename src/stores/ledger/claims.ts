import type { AuditRecord } from '../../core/audit/events.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb } from './tables.ts';

/** Files that are being received no more, with what only an upload has: see the port. */
export async function danglingClaims(db: LedgerDb, at: Instant): Promise<readonly FileId[]> {
  const promises = db
    .selectFrom('reservations')
    .innerJoin('files', 'files.id', 'reservations.file')
    .select('files.id')
    .where('files.state', '<>', 'receiving');
  const leases = db
    .selectFrom('leases')
    .innerJoin('files', 'files.id', 'leases.file')
    .select('files.id')
    .where('files.state', '<>', 'receiving')
    .where('leases.until', '<=', at);
  const rows = await promises.union(leases).orderBy('id').execute();
  return rows.map(({ id }) => id);
}

/** Ends those of the files that still dangle. */
export async function dropClaims(
  db: LedgerDb,
  at: Instant,
  files: readonly FileId[],
  audit: AuditRecord,
): Promise<void> {
  const asked = new Set(files);
  for (const file of await danglingClaims(db, at)) {
    if (!asked.has(file)) continue;
    await db.deleteFrom('reservations').where('file', '=', file).execute();
    await db.deleteFrom('leases').where('file', '=', file).where('until', '<=', at).execute();
  }
  await appendAudit(db, [audit]);
}
