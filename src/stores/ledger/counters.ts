import { type BytesZone, isInCustody } from '../../core/custody/file.ts';
import { compileOnce } from './compile-once.ts';
import type { LedgerDb } from './tables.ts';

/** How many files have bytes. It is kept count of, because a walk over all of them takes too long. */
export async function countFilesWithBytes(db: LedgerDb): Promise<number> {
  const { value } = await db
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'files-with-bytes')
    .executeTakeFirstOrThrow();
  return value;
}

const counting = compileOnce((db, { by }: { by: number }) =>
  db
    .updateTable('counters')
    .set((eb) => ({ value: eb('value', '+', by) }))
    .where('name', '=', 'files-with-bytes'),
);

/** Counts a file whose bytes came to a zone from another. Part of the change; `gone` before the first byte. */
export async function countBytes(db: LedgerDb, from: BytesZone, to: BytesZone): Promise<void> {
  if (isInCustody(from) === isInCustody(to)) return;
  await counting(db, { by: isInCustody(to) ? 1 : -1 });
}
