import { securityReader } from '../../core/accounts/security-notice.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import { newId } from '../../core/kit/ids.ts';
import type { LedgerDb } from './tables.ts';

/** Queues the mails that audit records cause, the first of which has the place `seq`. Part of their append. */
export async function queueSecurityNotices(
  db: LedgerDb,
  records: readonly AuditRecord[],
  seq: number,
): Promise<void> {
  const rows = records.flatMap((record, i) => {
    const account = securityReader(record);
    return account === null
      ? []
      : [{ id: newId('noti', record.at), account, seq: seq + i, at: record.at, sent_at: null }];
  });
  if (rows.length > 0) await db.insertInto('security_notices').values(rows).execute();
}
