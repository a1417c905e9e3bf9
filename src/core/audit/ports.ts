import type { Sha256 } from '../kit/digest.ts';
import type { AuditRecord, Subjects } from './events.ts';
import type { AuditRow, PersonalValue } from './leaf.ts';
import type { TreeHead } from './tree.ts';

/**
 * The log as the ledger keeps it. Append-only: rows are written by the transaction of the change that they
 * record, and the ledger itself refuses to update or delete one.
 */
export interface AuditLedger {
  /** Appends events that accompany no other change (a refused sign-in, a start). All or none, in order. */
  appendAudit(records: readonly AuditRecord[]): Promise<void>;
  /** Rows in order of `seq` from `from` on, at most `limit`. */
  readAudit(from: number, limit: number): Promise<readonly AuditRow[]>;
  /** The personal values that still exist for those rows. */
  readPersonal(from: number, limit: number): Promise<readonly PersonalValue[]>;
  /** The head that was stored with the last append. */
  auditHead(): Promise<TreeHead>;
  /** The rows about one subject, oldest first. */
  auditOf(subject: Subjects): Promise<readonly AuditRow[]>;
}

/** What checkpoints need of the ledger beside the log: its leaf hashes alone, and a mark that changes with an event. */
export interface CheckpointLedger extends AuditLedger {
  /** The leaf hashes of rows in order of `seq` from `from` on, at most `limit`. */
  leafHashes(from: number, limit: number): Promise<readonly Sha256[]>;
  /** A value that outlives the process; null when it was never set. */
  readMark(name: string): Promise<string | null>;
  /**
   * Sets a mark and appends what that means to the log, if the mark is still `expected` (null: never set). False, and
   * nothing written, when somebody else has changed it.
   */
  changeMark(
    name: string,
    expected: string | null,
    value: string,
    audit: readonly AuditRecord[],
  ): Promise<boolean>;
}
