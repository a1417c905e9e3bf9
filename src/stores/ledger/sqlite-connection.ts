import { chmodSync, closeSync, existsSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import type { Tables } from './tables.ts';

/** How long a writer waits for one in another process. */
const BUSY_TIMEOUT = 10_000;

/** Pages kept in memory, in KiB. */
const CACHE_KIB = { write: 32 * 1024, read: 8 * 1024 } as const;

/**
 * What SQLite would put into files in the system's folder for temporary files: pages as they were before a savepoint,
 * and what it sorts. Such a file costs every small upload more than the rest of its commit, and has people's names in it.
 */
const IN_MEMORY = 'pragma temp_store = memory';

/** How long the write-ahead log grows before a commit pays for copying it into the file: 16 MiB. */
const CHECKPOINT_PAGES = 4096;

/** Queries differ in the length of their lists; beyond this many, the oldest is prepared again when needed. */
const MOST_STATEMENTS = 300;

/** One connection to a ledger file: `raw` for transactions, `db` for queries inside them, `schema` to make tables. */
export interface SqliteConnection {
  readonly raw: DatabaseSync;
  readonly schema: Kysely<unknown>;
  readonly db: Kysely<Tables>;
}

/**
 * Opens a ledger file, made with mode 0600 when it is missing, and brings no schema. A commit is on disk when it
 * returns. Closing `raw` ends the connection; `db` and `schema` hold nothing of their own.
 */
export function openSqliteConnection(file: string): SqliteConnection {
  prepareFile(file);
  const raw = new DatabaseSync(file, { timeout: BUSY_TIMEOUT, defensive: true });
  try {
    configure(raw, file);
  } catch (error) {
    raw.close();
    throw error;
  }
  return connectionOn(raw);
}

/**
 * Copies the write-ahead log into the file and empties it, so that no older page is left in it. False when somebody
 * reads an older state just now, and some of it has to stay.
 */
export function emptyWriteAheadLog(file: string): boolean {
  const { raw } = openSqliteConnection(file);
  try {
    return raw.prepare('pragma wal_checkpoint(truncate)').get()?.['busy'] === 0;
  } finally {
    raw.close();
  }
}

/** Opens a ledger file whose schema is known to be up to date, for queries that change nothing. */
export function openSqliteReader(file: string): SqliteConnection {
  const raw = new DatabaseSync(file, { timeout: BUSY_TIMEOUT, defensive: true, readOnly: true });
  raw.exec(`${IN_MEMORY}; pragma trusted_schema = off; pragma cache_size = -${CACHE_KIB.read}`);
  return connectionOn(raw);
}

function connectionOn(raw: DatabaseSync): SqliteConnection {
  const schema = new Kysely<unknown>({ dialect: new SqliteDialect({ database: forKysely(raw) }) });
  return { raw, schema, db: schema.withTables<Tables>() };
}

/** Never opens a file that is there: closing it again would drop this process's locks on it (fcntl, POSIX). */
function prepareFile(file: string): void {
  if (existsSync(file)) {
    const found = statSync(file);
    if (!found.isFile()) throw new Error(`the ledger ${file} is not a file`);
    if ((found.mode & 0o077) !== 0) chmodSync(file, 0o600);
    return;
  }
  closeSync(openSync(file, 'a', 0o600));
  syncFolder(dirname(file));
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function configure(raw: DatabaseSync, file: string): void {
  const mode = raw.prepare('pragma journal_mode = wal').get();
  if (mode?.['journal_mode'] !== 'wal') {
    throw new Error(`the ledger ${file} cannot keep a write-ahead log: is it on a network file system?`);
  }
  raw.exec(`
    pragma synchronous = full;
    pragma foreign_keys = on;
    pragma trusted_schema = off;
    pragma secure_delete = on;
    ${IN_MEMORY};
    pragma cache_size = -${CACHE_KIB.write};
    pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
  `);
}

/** What Kysely expects of a SQLite driver, with every statement prepared once. */
function forKysely(raw: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => raw.close(),
    prepare(text) {
      const known = statements.get(text);
      if (known !== undefined) return known;
      const statement = asKyselyStatement(raw.prepare(text));
      if (statements.size >= MOST_STATEMENTS) statements.delete(statements.keys().next().value ?? '');
      statements.set(text, statement);
      return statement;
    },
  };
}

function asKyselyStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bindable(parameters)),
    run: (parameters) => statement.run(...bindable(parameters)),
    iterate: (parameters) => statement.iterate(...bindable(parameters)),
  };
}

function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  // The driver refuses what it cannot bind, with the parameter's number.
  return parameters as SQLInputValue[];
}
