import type { AuditRecord } from '../../core/audit/events.ts';
import type { NewNotice, PendingNotice } from '../../core/custody/notice.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, NoticeId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb } from './tables.ts';

/** Adds a notice to be sent. Part of a move. */
export async function addNotice(db: LedgerDb, { id, kind, account, file, at }: NewNotice): Promise<void> {
  await db.insertInto('notices').values({ id, kind, account, file, at }).execute();
}

/** Notices of an account that were not sent, oldest first. */
export async function pendingNotices(
  db: LedgerDb,
  account: AccountId,
  limit: number,
): Promise<readonly PendingNotice[]> {
  const rows = await db
    .selectFrom('notices')
    .select(['id', 'kind', 'account', 'file', 'at'])
    .where('account', '=', account)
    .where('sent_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id, kind, file, at }) => ({ id, kind, account, file, at }));
}

/** Marks notices as sent. When all of them were marked before, nothing is changed and nothing audited. */
export async function markNoticesSent(
  db: LedgerDb,
  ids: readonly NoticeId[],
  at: Instant,
  audit: AuditRecord,
): Promise<void> {
  if (ids.length === 0) return;
  const { numUpdatedRows } = await db
    .updateTable('notices')
    .set({ sent_at: at })
    .where('id', 'in', ids)
    .where('sent_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await appendAudit(db, [audit]);
}
