import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import type { LedgerHouse } from './conformance.ts';

/** Thousands of commits, and what they say does not depend on the disk. */
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A folder of its own, removed by `close`. */
export class SqliteHouse implements LedgerHouse {
  readonly folder = mkdtempSync(join(BASE, 'havengate-ledger-'));
  readonly file = join(this.folder, 'ledger.sqlite');
  readonly #opener: (options: { file: string }) => Promise<OpenLedger>;
  readonly #opened: OpenLedger[] = [];
  #raw: DatabaseSync | null = null;

  constructor(opener: (options: { file: string }) => Promise<OpenLedger>) {
    this.#opener = opener;
  }

  async open(): Promise<OpenLedger> {
    const ledger = await this.#opener({ file: this.file });
    this.#opened.push(ledger);
    return ledger;
  }

  async sql(statement: string): Promise<void> {
    this.#raw ??= new DatabaseSync(this.file, { timeout: 10_000 });
    this.#raw.exec(statement);
  }

  async tamper(statement: string): Promise<void> {
    const raw = new DatabaseSync(this.file, { timeout: 10_000, enableForeignKeyConstraints: false });
    const guards = raw.prepare("select name, sql from sqlite_schema where type = 'trigger'").all();
    for (const guard of guards) raw.exec(`drop trigger ${String(guard['name'])}`);
    raw.exec(statement);
    for (const guard of guards) raw.exec(String(guard['sql']));
    raw.close();
  }

  async close(): Promise<void> {
    this.#raw?.close();
    for (const ledger of this.#opened) await ledger.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
