import { GroupCommit } from './group-commit.ts';
import { type LedgerEngine, ledgerOver, type OpenLedger } from './ledger-engine.ts';
import { migrate } from './migrate.ts';
import {
  type Answer,
  CALL_NAMES,
  type LedgerCall,
  type LedgerCalls,
  OPERATIONS,
  type Operation,
} from './operations.ts';
import { openSqliteConnection, type SqliteConnection } from './sqlite-connection.ts';
import { SQLITE_DIALECT } from './sqlite-dialect.ts';

/**
 * Opens the ledger in a SQLite file, in this thread: its commits block it for the time of an fsync. Makes the
 * file when it is missing and brings its schema forward; throws, with code `ledger-schema-newer`, when a newer
 * program was at it. Several processes may have the same file open.
 */
export async function openSqliteLedger({ file }: { readonly file: string }): Promise<OpenLedger> {
  return ledgerOver(await openSqliteEngine(file), CALL_NAMES);
}

/** The same as an engine: what the ledger's thread runs. */
export async function openSqliteEngine(file: string): Promise<LedgerEngine> {
  const connection = openSqliteConnection(file);
  try {
    await migrateLocked(connection);
  } catch (error) {
    connection.raw.close();
    throw error;
  }
  const { db, raw } = connection;
  const group = new GroupCommit(raw);
  return {
    async call<Call extends LedgerCall>(
      name: Call,
      args: Parameters<LedgerCalls[Call]>,
    ): Promise<Answer<Call>> {
      const { kind, run, taken }: Operation<Call> = OPERATIONS[name];
      try {
        return await group.call(kind === 'write' ? 'write' : 'read', () => run(db, ...args));
      } catch (error) {
        if (taken !== undefined && SQLITE_DIALECT.isUniqueViolation(error, taken.table)) return taken.outcome;
        throw error;
      }
    },
    async close() {
      await group.close();
      if (raw.isOpen) raw.close();
    },
  };
}

async function migrateLocked({ raw, schema }: SqliteConnection): Promise<void> {
  raw.exec('begin immediate');
  try {
    await migrate(schema, SQLITE_DIALECT);
    raw.exec('commit');
  } catch (error) {
    if (raw.isTransaction) raw.exec('rollback');
    throw error;
  }
}
