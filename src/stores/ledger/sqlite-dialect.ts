import { type Kysely, sql } from 'kysely';
import type { LedgerDialect } from './dialect.ts';

/** https://www.sqlite.org/rescode.html#constraint_unique; a primary key has a code of its own. */
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** SQLite's part in schema and errors. Tables are STRICT: a value of the wrong type is refused. */
export const SQLITE_DIALECT: LedgerDialect = {
  integer: sql`integer`,
  bytes: sql`blob`,
  text: sql`text`,
  tableEnd: sql`strict`,
  keyedTableEnd: sql`strict, without rowid`,

  async refuseUpdates(db, table) {
    await refuse(db, table, 'update', sql``, 'its rows are never changed');
  },

  async refuseDeletes(db, table) {
    await refuse(db, table, 'delete', sql``, 'its rows are never deleted');
  },

  // INSERT OR REPLACE deletes rows without firing delete triggers, so a used number is refused here too.
  async refuseGaps(db, table) {
    const next = sql`when new.seq is not (select coalesce(max(seq) + 1, 0) from ${sql.id(table)})`;
    await refuse(db, table, 'insert', next, 'its rows are numbered without a gap');
  },

  isUniqueViolation(error, table) {
    return (
      error instanceof Error &&
      'errcode' in error &&
      error.errcode === SQLITE_CONSTRAINT_UNIQUE &&
      error.message.includes(`: ${table}.`)
    );
  },
};

async function refuse(
  db: Kysely<unknown>,
  table: string,
  change: 'insert' | 'update' | 'delete',
  when: ReturnType<typeof sql>,
  why: string,
): Promise<void> {
  const trigger = sql.id(`${table}_refuses_${change}`);
  const message = sql.lit(`${table}: ${why}`);
  await sql`create trigger ${trigger} before ${sql.raw(change)} on ${sql.id(table)} ${when}
    begin select raise(abort, ${message}); end`.execute(db);
}
