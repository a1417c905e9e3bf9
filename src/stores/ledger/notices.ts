import type { NewNotice, PendingNotice } from '../../core/custody/notice.ts';
import type { AccountId } from '../../core/kit/ids.ts';
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
    .where('given_up', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id, kind, file, at }) => ({ id, kind, account, file, at }));
}
