import type { Lease } from '../../core/custody/ports.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { FileId, LeaseId } from '../../core/kit/ids.ts';
import { compileOnce } from './compile-once.ts';
import type { LedgerDb } from './tables.ts';

const liveOf = compileOnce((db, { file, at }: { file: FileId; at: Instant }) =>
  db.selectFrom('leases').select(['id', 'until']).where('file', '=', file).where('until', '>', at),
);

const taking = compileOnce((db, { file, id, until }: { file: FileId; id: LeaseId; until: Instant }) =>
  db
    .insertInto('leases')
    .values({ file, id, until })
    .onConflict((conflict) => conflict.column('file').doUpdateSet({ id, until })),
);

const ending = compileOnce((db, { file }: { file: FileId }) =>
  db.deleteFrom('leases').where('file', '=', file),
);

/** The lease of a file that is live at `at`. */
export async function liveLease(db: LedgerDb, file: FileId, at: Instant): Promise<Lease | null> {
  const [lease] = (await liveOf(db, { file, at })).rows;
  return lease === undefined ? null : { id: lease.id, until: lease.until };
}

/** Extends leases, expired ones too as long as nobody else took them; returns the files where it did. */
export async function renewLeases(
  db: LedgerDb,
  leases: readonly { readonly file: FileId; readonly lease: LeaseId }[],
  until: Instant,
): Promise<readonly FileId[]> {
  const renewed: FileId[] = [];
  for (const { file, lease } of leases) {
    const { numUpdatedRows } = await db
      .updateTable('leases')
      .set({ until })
      .where('file', '=', file)
      .where('id', '=', lease)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) renewed.push(file);
  }
  return renewed;
}

/** Ends a lease that is still the caller's. */
export async function releaseLease(db: LedgerDb, file: FileId, lease: LeaseId): Promise<void> {
  await db.deleteFrom('leases').where('file', '=', file).where('id', '=', lease).execute();
}

/** Gives a file's lease to a writer. Whether another one is live was asked before, in the same transaction. */
export async function takeLease(db: LedgerDb, file: FileId, { id, until }: Lease): Promise<void> {
  await taking(db, { file, id, until });
}

/** Ends a file's lease, whoever has it. */
export async function endLease(db: LedgerDb, file: FileId): Promise<void> {
  await ending(db, { file });
}
