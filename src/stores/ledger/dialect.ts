import type { Kysely, RawBuilder } from 'kysely';
import type { Tables } from './tables.ts';

/** What one database does differently from another. Everything else in this room is written once for all. */
export interface LedgerDialect {
  /** The column type of 64-bit integers. */
  readonly integer: RawBuilder<unknown>;
  /** The column type of byte strings. */
  readonly bytes: RawBuilder<unknown>;
  /** The column type of text that is compared byte by byte. */
  readonly text: RawBuilder<unknown>;
  /** What stands at the end of a `create table`. */
  readonly tableEnd: RawBuilder<unknown>;
  /** The same for small rows that are found by their primary key only. */
  readonly keyedTableEnd: RawBuilder<unknown>;
  /** Makes the database itself refuse to update rows of a table. */
  refuseUpdates(db: Kysely<unknown>, table: string): Promise<void>;
  /** Makes the database itself refuse to delete rows of a table. */
  refuseDeletes(db: Kysely<unknown>, table: string): Promise<void>;
  /** Makes the database itself refuse any insert but that of the next `seq`, counted from 0. */
  refuseGaps(db: Kysely<unknown>, table: string): Promise<void>;
  /** True when the error says that a unique index of the table, other than its primary key, has the value. */
  isUniqueViolation(error: unknown, table: keyof Tables): boolean;
}
