import type { FileId } from '../../core/kit/ids.ts';
import { compileOnce } from './compile-once.ts';
import type { LedgerDb } from './tables.ts';

/**
 * Raises the bytes that are promised to an upload. `room` is what the disk has free now: of what is promised,
 * only what was not written yet has to fit into it. `superseded` when the file is not `receiving`: its promise
 * would never be released.
 */
export async function reserve(
  db: LedgerDb,
  file: FileId,
  bytes: number,
  room: number,
): Promise<'reserved' | 'no-room' | 'superseded'> {
  const upload = await db
    .selectFrom('files')
    .leftJoin('reservations', 'reservations.file', 'files.id')
    .select(['files.size', 'reservations.bytes'])
    .where('files.id', '=', file)
    .where('files.state', '=', 'receiving')
    .executeTakeFirst();
  if (upload === undefined) return 'superseded';
  if (upload.bytes !== null && upload.bytes >= bytes) return 'reserved';
  const unwritten = Math.max(bytes - upload.size, 0) + (await unwrittenOfOthers(db, file));
  if (unwritten > room) return 'no-room';
  await db
    .insertInto('reservations')
    .values({ file, bytes })
    .onConflict((conflict) => conflict.column('file').doUpdateSet({ bytes }))
    .execute();
  return 'reserved';
}

const releasing = compileOnce((db, { file }: { file: FileId }) =>
  db.deleteFrom('reservations').where('file', '=', file),
);

/** Releases what is promised to an upload. */
export async function releaseReservation(db: LedgerDb, file: FileId): Promise<void> {
  await releasing(db, { file });
}

async function unwrittenOfOthers(db: LedgerDb, file: FileId): Promise<number> {
  const { bytes } = await db
    .selectFrom('reservations')
    .innerJoin('files', 'files.id', 'reservations.file')
    .select((eb) => eb.fn.sum<number | null>(eb('reservations.bytes', '-', eb.ref('files.size'))).as('bytes'))
    .where('reservations.file', '<>', file)
    .whereRef('reservations.bytes', '>', 'files.size')
    .executeTakeFirstOrThrow();
  return bytes ?? 0;
}
