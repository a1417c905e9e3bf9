import type { Agreement, Standing } from '../../core/accounts/gates.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { Instant, Millis } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb } from './tables.ts';

/** Records what somebody has done for the gates. Whoever is trained anew is warned anew. */
export async function recordStanding(
  db: LedgerDb,
  id: AccountId,
  { trainingExpires, agreed, inductedOn }: Partial<Standing>,
  audit: readonly AuditRecord[],
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({
      ...(trainingExpires !== undefined && { training_expires: trainingExpires, training_warned: null }),
      ...(agreed !== undefined && { agreed_version: agreed?.version ?? null, agreed_at: agreed?.at ?? null }),
      ...(inductedOn !== undefined && { inducted_on: inductedOn }),
    })
    .where('id', '=', id)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await appendAudit(db, audit);
  return true;
}

/** Keeps the text of an agreement, once. */
export async function keepAgreement(
  db: LedgerDb,
  { version, text }: Agreement,
  at: Instant,
  audit: AuditRecord,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('agreements')
    .values({ version, text, published_at: at })
    .onConflict((conflict) => conflict.column('version').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) return false;
  await appendAudit(db, [audit]);
  return true;
}

/** The text of a version. */
export async function agreementText(db: LedgerDb, version: Sha256): Promise<string | null> {
  const row = await db
    .selectFrom('agreements')
    .select('text')
    .where('version', '=', version)
    .executeTakeFirst();
  return row?.text ?? null;
}

/** Marks that somebody was warned of the end of their training, once for each step. */
export async function markTrainingWarned(
  db: LedgerDb,
  id: AccountId,
  expires: Instant,
  step: Millis,
  audit: AuditRecord,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({ training_warned: step })
    .where('id', '=', id)
    .where('training_expires', '=', expires)
    .where((eb) => eb.or([eb('training_warned', 'is', null), eb('training_warned', '>', step)]))
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await appendAudit(db, [audit]);
  return true;
}
