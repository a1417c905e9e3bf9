import type { AuditRecord } from '../../core/audit/events.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb } from './tables.ts';

/** A value that outlives the process; null when it was never set. */
export async function readMark(db: LedgerDb, name: string): Promise<string | null> {
  const row = await db.selectFrom('marks').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value ?? null;
}

/** Sets a value that outlives the process. */
export async function writeMark(db: LedgerDb, name: string, value: string): Promise<void> {
  await db
    .insertInto('marks')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** The values whose names begin with a prefix, by name. */
export async function marksBelow(
  db: LedgerDb,
  prefix: string,
): Promise<readonly { readonly name: string; readonly value: string }[]> {
  return db
    .selectFrom('marks')
    .select(['name', 'value'])
    .where('name', '>=', prefix)
    .where('name', '<', `${prefix}\u{10ffff}`)
    .orderBy('name')
    .execute();
}

/** Unsets a value. */
export async function dropMark(db: LedgerDb, name: string): Promise<void> {
  await db.deleteFrom('marks').where('name', '=', name).execute();
}

/** Sets a mark that is still `expected`, and appends to the log; false, and nothing written, when it is not. */
export async function changeMark(
  db: LedgerDb,
  name: string,
  expected: string | null,
  value: string,
  audit: readonly AuditRecord[],
): Promise<boolean> {
  if ((await readMark(db, name)) !== expected) return false;
  await writeMark(db, name, value);
  await appendAudit(db, audit);
  return true;
}
