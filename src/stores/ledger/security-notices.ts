import type { SecurityNotice } from '../../core/accounts/security-notice.ts';
import type { AccountId } from '../../core/kit/ids.ts';
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
    .where('given_up', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id, seq }) => ({ id, account, seq }));
}
