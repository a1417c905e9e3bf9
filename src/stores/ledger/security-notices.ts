import type { SecurityNotice } from '../../core/accounts/security-notice.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, NoticeId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb } from './tables.ts';

/** Mails about somebody's sign-in that were not sent, oldest first. */
export async function pendingSecurityNotices(
  db: LedgerDb,
  account: AccountId,
  limit: number,
): Promise<readonly SecurityNotice[]> {
  const rows = await db
    .selectFrom('security_notices')
    .select(['id', 'account', 'seq'])
    .where('account', '=', account)
    .where('sent_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id, seq }) => ({ id, account, seq }));
}

/** Marks such mails as sent. When all of them were marked before, nothing is changed and nothing audited. */
export async function markSecurityNoticesSent(
  db: LedgerDb,
  ids: readonly NoticeId[],
  at: Instant,
  audit: AuditRecord,
): Promise<void> {
  if (ids.length === 0) return;
  const { numUpdatedRows } = await db
    .updateTable('security_notices')
    .set({ sent_at: at })
    .where('id', 'in', ids)
    .where('sent_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await appendAudit(db, [audit]);
}
