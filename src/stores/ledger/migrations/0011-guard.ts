import type { Kysely } from 'kysely';
import type { LedgerDialect } from '../dialect.ts';

/** What failed sign-ins are held against, and who has signed in from where. */
export async function makeGuardTable(
  db: Kysely<unknown>,
  { integer, text, keyedTableEnd }: LedgerDialect,
): Promise<void> {
  await db.schema
    .createTable('guard_scores')
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('account', text, (column) => column.notNull())
    .addColumn('millipoints', integer, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('bans', integer, (column) => column.notNull())
    .addColumn('banned_until', integer, (column) => column.notNull())
    .addColumn('known_at', integer)
    .addColumn('revision', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('guard_scores_subject', ['source', 'account'])
    .modifyEnd(keyedTableEnd)
    .execute();
  await db.schema.createIndex('guard_scores_changed').on('guard_scores').column('revision').execute();
}
