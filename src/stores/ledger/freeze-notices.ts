import type { FreezeNotice } from '../../core/custody/freezes/ports.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import type { LedgerDb } from './tables.ts';

/** Adds mails to be sent about a freeze. Part of what is done to it. */
export async function addFreezeNotices(db: LedgerDb, notices: readonly FreezeNotice[]): Promise<void> {
  for (const { id, kind, account, freeze, at } of notices) {
    await db.insertInto('freeze_notices').values({ id, kind, account, freeze, at, sent_at: null }).execute();
  }
}

/** Mails about freezes to an account that were not sent, oldest first. */
export async function pendingFreezeNotices(
  db: LedgerDb,
  account: AccountId,
  limit: number,
): Promise<readonly FreezeNotice[]> {
  const rows = await db
    .selectFrom('freeze_notices')
    .select(['id', 'kind', 'account', 'freeze', 'at'])
    .where('account', '=', account)
    .where('sent_at', 'is', null)
    .where('given_up', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id, kind, freeze, at }) => ({ id, kind, account, freeze, at }));
}
