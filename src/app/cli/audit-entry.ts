import type { AuditRow } from '../../core/audit/leaf.ts';

/** An audit row as verbs show it; names and paths are not in the log itself. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly actor: Readonly<Record<string, string>>;
  readonly subjects: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Parses an audit row. The ledger refuses to store anything else than entries of this form. */
export function auditEntry(row: AuditRow): AuditEntry {
  const { seq, at, type, actor, subjects, data } = JSON.parse(row.entry) as AuditEntry;
  return { seq, at, type, actor, subjects, data };
}
