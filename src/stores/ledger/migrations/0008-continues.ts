import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Which settled file an upload went on from. */
export async function addContinues(db: Kysely<unknown>, { text }: LedgerDialect): Promise<void> {
  await db.schema
    .alterTable('files')
    .addColumn('continues', text, (column) => column.references('files.id'))
    .execute();
}
