import type { Sha256 } from '../kit/digest.ts';
import { type AuditRow, commitment, leafHash, type PersonalValue } from './leaf.ts';
import type { AuditLedger } from './ports.ts';
import { appendLeaf, EMPTY_TREE, type TreeHead, treeRoot } from './tree.ts';

/** What verification found. `faults` is empty when the log is whole. */
export interface AuditVerification {
  readonly size: number;
  readonly root: Sha256;
  readonly faults: readonly string[];
}

const PAGE = 2000;
const MOST_FAULTS = 20;

/**
 * Reads the whole log and recomputes it: sequence without gaps, each leaf hash over its entry, each personal
 * value against its commitment, and the root against the stored head. Finds rows that were edited, removed,
 * added, reordered or cut off. Reports the first 20 faults and reads on.
 */
export async function verifyAudit(ledger: AuditLedger): Promise<AuditVerification> {
  const faults: string[] = [];
  // Read first: rows that are appended meanwhile are beyond this head and are not judged against it.
  const stored = await ledger.auditHead();
  let head: TreeHead = EMPTY_TREE;
  while (head.size < stored.size) {
    const limit = Math.min(PAGE, stored.size - head.size);
    const rows = await ledger.readAudit(head.size, limit);
    const personal = Map.groupBy(await ledger.readPersonal(head.size, limit), (value) => value.seq);
    for (const row of rows) {
      faults.push(...rowFaults(row, head.size, personal.get(row.seq) ?? []));
      head = appendLeaf(head, row.leafHash);
    }
    if (rows.length < limit) break;
  }
  if (head.size !== stored.size)
    faults.push(`the log ends at row ${head.size}, its head says ${stored.size}`);
  else if (treeRoot(head) !== treeRoot(stored))
    faults.push('the rows do not make the root that was stored with them');
  return { size: head.size, root: treeRoot(head), faults: faults.slice(0, MOST_FAULTS) };
}

function rowFaults(row: AuditRow, expectedSeq: number, personal: readonly PersonalValue[]): string[] {
  if (row.seq !== expectedSeq) return [`row ${expectedSeq} is missing or out of place (found ${row.seq})`];
  if (leafHash(row.entry) !== row.leafHash) return [`row ${row.seq} was changed: its hash does not match`];
  const entry: unknown = JSON.parse(row.entry);
  const commitments = readCommitments(entry);
  if (commitments === null || readSeq(entry) !== row.seq)
    return [`row ${row.seq} does not hold an entry of its own place`];
  return personal
    .filter((p) => commitments[p.field] !== commitment(p.salt, p.value))
    .map((p) => `row ${row.seq}: the value of "${p.field}" beside the log is not the one that was recorded`);
}

function readSeq(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'seq' in entry ? entry.seq : null;
}

function readCommitments(entry: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof entry !== 'object' || entry === null || !('commitments' in entry)) return null;
  const { commitments } = entry;
  return typeof commitments === 'object' && commitments !== null ? { ...commitments } : null;
}
