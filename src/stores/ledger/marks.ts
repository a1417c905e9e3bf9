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
