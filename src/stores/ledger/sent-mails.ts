import type { AuditRecord } from '../../core/audit/events.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, NoticeId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb } from './tables.ts';

/** The tables of mails to be sent: each has the columns `id`, `account`, `sent_at` and `given_up`. */
export type MailTable = 'notices' | 'freeze_notices' | 'security_notices';

/** A table of mails, for Kysely, which tells no column of three tables at once: ask for what all of them have. */
export const alike = (table: MailTable) => table as 'notices';

/** The operation that marks mails as sent. When all were marked before, nothing is changed and nothing audited. */
export function markSent(table: MailTable) {
  return async (db: LedgerDb, ids: readonly NoticeId[], at: Instant, audit: AuditRecord): Promise<void> => {
    if (ids.length === 0) return;
    const { numUpdatedRows } = await db
      .updateTable(alike(table))
      .set({ sent_at: at })
      .where('id', 'in', ids)
      .where('sent_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await appendAudit(db, [audit]);
  };
}

/** Whom mails wait for, and the first of each; who has waited longest comes first. */
export async function waitingForMail(
  db: LedgerDb,
  table: MailTable,
  limit: number,
): Promise<readonly { readonly account: AccountId; readonly since: NoticeId }[]> {
  return db
    .selectFrom(alike(table))
    .select((eb) => ['account', eb.fn.min('id').as('since')])
    .where('sent_at', 'is', null)
    .where('given_up', 'is', null)
    .groupBy('account')
    .orderBy('since')
    .limit(limit)
    .execute();
}
