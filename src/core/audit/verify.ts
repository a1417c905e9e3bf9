import type { Sha256 } from '../kit/digest.ts';
import type { Checkpoint } from './checkpoint.ts';
import { CheckpointComparison } from './compare-checkpoints.ts';
import { type AuditRow, commitment, leafHash, type PersonalValue } from './leaf.ts';
import type { AuditLedger } from './ports.ts';
import { appendLeaf, EMPTY_TREE, type TreeHead, treeRoot } from './tree.ts';

/** What verification found. `faults` is empty when the log is whole. */
export interface AuditVerification {
  readonly size: number;
  readonly root: Sha256;
  /** How many checkpoints the log agrees with. */
  readonly matched: number;
  readonly faults: readonly string[];
}

/** Some rows of a log, in the order in which they stand there, and the personal values beside them. */
export interface RowsPage {
  readonly rows: readonly AuditRow[];
  readonly personal: readonly PersonalValue[];
  /** What else is wrong in this part of the log. */
  readonly faults?: readonly string[];
}

const PAGE = 2000;
const MOST_FAULTS = 20;

/**
 * Reads the whole log and recomputes it: sequence without gaps, each leaf hash over its entry, each personal
 * value against its commitment, and the root against the stored head. Finds rows that were edited, removed,
 * added, reordered or cut off. Reports the first 20 faults and reads on.
 *
 * Somebody who recomputes every hash is found by `checkpoints`, whose signatures the caller has verified: the log has
 * to reach their sizes, and to have their roots there.
 */
export async function verifyAudit(
  ledger: AuditLedger,
  checkpoints: readonly Checkpoint[] = [],
): Promise<AuditVerification> {
  // Read first: rows that are appended meanwhile are beyond this head and are not judged against it.
  const stored = await ledger.auditHead();
  return verifyRows(pagesOf(ledger, stored.size), checkpoints, stored);
}

/** The same for rows from elsewhere, such as an export; `stored` is null where no head was kept with them. */
export async function verifyRows(
  pages: AsyncIterable<RowsPage>,
  checkpoints: readonly Checkpoint[],
  stored: TreeHead | null,
): Promise<AuditVerification> {
  const faults: string[] = [];
  const comparison = new CheckpointComparison(checkpoints);
  let head: TreeHead = EMPTY_TREE;
  let expected = 0;
  for await (const page of pages) {
    faults.push(...(page.faults ?? []));
    const personal = Map.groupBy(page.personal, (value) => value.seq);
    for (const row of page.rows) {
      if (faults.length < MOST_FAULTS) faults.push(...rowFaults(row, expected, personal.get(row.seq) ?? []));
      head = appendLeaf(head, row.leafHash);
      // After a gap the rows are told from there on; one that stands too late moves nothing.
      expected = Math.max(expected, row.seq + 1);
      comparison.reach(expected, head);
    }
  }
  // What was signed is told even where there is no end of faults in the rows.
  const signed = comparison.end(expected);
  const all = [...faults.slice(0, MOST_FAULTS - signed.length), ...signed];
  const root = treeRoot(head);
  return { size: head.size, root, matched: comparison.matched, faults: [...all, ...endFaults(head, stored)] };
}

function endFaults(head: TreeHead, stored: TreeHead | null): string[] {
  if (stored === null) return [];
  if (head.size !== stored.size) return [`the log ends at row ${head.size}, its head says ${stored.size}`];
  return treeRoot(head) === treeRoot(stored)
    ? []
    : ['the rows do not make the root that was stored with them'];
}

async function* pagesOf(ledger: AuditLedger, size: number): AsyncGenerator<RowsPage> {
  for (let from = 0; from < size; ) {
    const limit = Math.min(PAGE, size - from);
    const found = await ledger.readAudit(from, limit);
    const rows = found.filter(({ seq }) => seq < size);
    const last = rows.at(-1)?.seq;
    if (last === undefined) return;
    yield { rows, personal: await ledger.readPersonal(from, last + 1 - from) };
    from = last + 1;
  }
}

function rowFaults(row: AuditRow, expectedSeq: number, personal: readonly PersonalValue[]): string[] {
  if (row.seq !== expectedSeq) return [`row ${expectedSeq} is missing or out of place (found ${row.seq})`];
  if (leafHash(row.entry) !== row.leafHash) return [`row ${row.seq} was changed: its hash does not match`];
  const entry = parseEntry(row.entry);
  const commitments = readCommitments(entry);
  if (commitments === null || readSeq(entry) !== row.seq)
    return [`row ${row.seq} does not hold an entry of its own place`];
  return personal
    .filter((p) => commitments[p.field] !== commitment(p.salt, p.value))
    .map((p) => `row ${row.seq}: the value of "${p.field}" beside the log is not the one that was recorded`);
}

function parseEntry(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function readSeq(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'seq' in entry ? entry.seq : null;
}

function readCommitments(entry: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof entry !== 'object' || entry === null || !('commitments' in entry)) return null;
  const { commitments } = entry;
  return typeof commitments === 'object' && commitments !== null ? { ...commitments } : null;
}
