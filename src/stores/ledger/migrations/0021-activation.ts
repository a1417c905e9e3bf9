import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** Sessions in which somebody activates their account. */
export async function extendForActivation(db: Kysely<unknown>, { integer }: LedgerDialect): Promise<void> {
  await db.schema
    .alterTable('web_sessions')
    .addColumn('in_activation', integer, (column) => column.notNull().defaultTo(0))
    .execute();
}
