import type { WeakDigests } from '../../core/custody/digests/ports.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import type { LedgerDb } from './tables.ts';

/** What was computed of the bytes with this SHA-256; null when nothing was. */
export async function keptDigests(db: LedgerDb, sha256: Sha256): Promise<WeakDigests | null> {
  const row = await db
    .selectFrom('digests')
    .select(['md5', 'sha1'])
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  return row ?? null;
}

/** Keeps what was computed; does nothing when it is kept already. */
export async function keepDigests(db: LedgerDb, sha256: Sha256, { md5, sha1 }: WeakDigests): Promise<void> {
  await db
    .insertInto('digests')
    .values({ sha256, md5, sha1 })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .execute();
}
