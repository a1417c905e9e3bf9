import type { EmergencyCode } from '../../core/accounts/emergency-code.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb } from './tables.ts';

/** Keeps an emergency code in place of any before, if there is a token or security key that it can stand for. */
export async function putEmergencyCode(
  db: LedgerDb,
  { account, sealed, madeAt, expiresAt, usedAt }: EmergencyCode,
  audit: AuditRecord,
): Promise<boolean> {
  if (!(await hasToken(db, account))) return false;
  await dropEmergencyCode(db, account);
  await db
    .insertInto('emergency_codes')
    .values({ account, sealed, made_at: madeAt, expires_at: expiresAt, used_at: usedAt })
    .execute();
  await appendAudit(db, [audit]);
  return true;
}

/** The emergency code of an account, live or not. */
export async function emergencyCodeOf(db: LedgerDb, account: AccountId): Promise<EmergencyCode | null> {
  const row = await db
    .selectFrom('emergency_codes')
    .selectAll()
    .where('account', '=', account)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { sealed, made_at: madeAt, expires_at: expiresAt, used_at: usedAt } = row;
  return { account, sealed, madeAt, expiresAt, usedAt };
}

/** Marks an emergency code as used. */
export async function useEmergencyCode(
  db: LedgerDb,
  account: AccountId,
  madeAt: Instant,
  at: Instant,
  audit: AuditRecord,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('emergency_codes')
    .set({ used_at: at })
    .where('account', '=', account)
    .where('made_at', '=', madeAt)
    .where('used_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await appendAudit(db, [audit]);
  return true;
}

/** Whether somebody has a soft token, a hard one that is not lost, or a security key. */
async function hasToken(db: LedgerDb, account: AccountId): Promise<boolean> {
  const soft = db.selectFrom('credentials').select('account').where('account', '=', account);
  if ((await soft.where('totp_sealed', 'is not', null).executeTakeFirst()) !== undefined) return true;
  const hard = db.selectFrom('hard_tokens').select('id').where('account', '=', account);
  if ((await hard.where('lost_at', 'is', null).executeTakeFirst()) !== undefined) return true;
  const key = db.selectFrom('security_keys').select('id').where('account', '=', account);
  return (await key.executeTakeFirst()) !== undefined;
}

/** Forgets the emergency code of an account. Part of a change that is audited by its caller. */
export async function dropEmergencyCode(db: LedgerDb, account: AccountId): Promise<void> {
  await db.deleteFrom('emergency_codes').where('account', '=', account).execute();
}
