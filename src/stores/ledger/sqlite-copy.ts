import { chmodSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { TreeHead } from '../../core/audit/tree.ts';
import { auditHead } from './audit-log.ts';
import { isLockedElsewhere } from './locked-elsewhere.ts';
import { openSqliteReader } from './sqlite-connection.ts';

/** What a copy of a ledger is of. */
export interface LedgerCopy {
  readonly head: TreeHead;
  readonly schema: number;
}

/**
 * Writes a consistent copy of a ledger that may be in use: one snapshot, which keeps no writer waiting. The copy is
 * one file of mode 0600, compact, checked and on disk when this returns. Blocks this thread. Throws when `to` is
 * there, or the ledger is damaged.
 */
export async function copySqliteLedger(file: string, to: string): Promise<LedgerCopy> {
  const source = new DatabaseSync(file, { timeout: 10_000, defensive: true, readOnly: true });
  try {
    source.prepare('vacuum into ?').run(to);
  } finally {
    source.close();
  }
  chmodSync(to, 0o600);
  const { head, schema } = await readSqliteHead(to);
  sync(to);
  return { head, schema };
}

/** The head of the log in a ledger file that nobody writes to. Throws when the file is damaged, or no ledger. */
export async function readSqliteHead(file: string): Promise<LedgerCopy> {
  const { raw, db } = openSqliteReader(file);
  try {
    const [check] = raw.prepare('pragma quick_check(1)').all();
    if (check?.['quick_check'] !== 'ok') throw new Error(`the ledger ${file} is damaged`);
    const version = await db
      .selectFrom('schema_version')
      .select((eb) => eb.fn.max('version').as('version'))
      .executeTakeFirstOrThrow();
    return { head: await auditHead(db), schema: Number(version.version) };
  } finally {
    raw.close();
  }
}

/** Whether no other process has a ledger file open. A file that is no database counts as free. */
export function isSqliteFree(file: string): boolean {
  const raw = new DatabaseSync(file, { timeout: 200, defensive: true });
  try {
    raw.exec('pragma locking_mode = exclusive; begin exclusive; commit');
    return true;
  } catch (error) {
    return !isLockedElsewhere(error);
  } finally {
    raw.close();
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
