import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { AuditRow } from '../../core/audit/leaf.ts';
import type { RowsPage } from '../../core/audit/verify.ts';
import { canonicalJson, type JsonObject } from '../../core/kit/canonical-json.ts';
import { parseSha256 } from '../../core/kit/digest.ts';
import type { Installation } from './installation.ts';
import type { Terminal } from './terminal.ts';

const PAGE = 1000;

/**
 * Writes every row as a line of JSON: the entry as it is hashed, and its leaf hash. As one document it is an array.
 * Page by page: the log may be far larger than memory.
 */
export async function exportRows(
  { ledger }: Installation,
  terminal: Terminal,
  asArray: boolean,
): Promise<void> {
  const { size } = await ledger.auditHead();
  if (asArray) await terminal.write('[');
  for (let from = 0; from < size; ) {
    const rows = await ledger.readAudit(from, Math.min(PAGE, size - from));
    if (rows.length === 0) break;
    const lines = rows.map(({ entry, leafHash }) => `{"leafHash":"${leafHash}","entry":${entry}}`);
    const before = from === 0 ? '\n' : ',\n';
    await terminal.write(asArray ? before + lines.join(',\n') : `${lines.join('\n')}\n`);
    from += rows.length;
  }
  if (asArray) await terminal.write('\n]\n');
}

/** Reads an export again, of either form. A line that is no row is a fault. Rejects when the file cannot be read. */
export async function* readExport(file: string): AsyncGenerator<RowsPage> {
  let rows: AuditRow[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number++;
    if (/^\s*[[\]]?\s*$/.test(line)) continue;
    const row = parseRow(line.replace(/,\s*$/, ''));
    if (row !== null) rows.push(row);
    else yield { rows: [], personal: [], faults: [`line ${number} is no row of an audit log`] };
    if (rows.length < PAGE) continue;
    yield { rows, personal: [] };
    rows = [];
  }
  yield { rows, personal: [] };
}

function parseRow(line: string): AuditRow | null {
  try {
    const { leafHash: hash, entry } = JSON.parse(line) as { leafHash: unknown; entry: JsonObject };
    const leafHash = typeof hash === 'string' ? parseSha256(hash) : null;
    const { seq } = entry;
    if (leafHash === null || typeof seq !== 'number') return null;
    return { seq, leafHash, entry: canonicalJson(entry) };
  } catch {
    return null;
  }
}
