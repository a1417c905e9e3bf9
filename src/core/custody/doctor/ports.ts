import type { AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import type { AccountId, FileId } from '../../kit/ids.ts';
import type { NewNotice } from '../notice.ts';

/** Bytes that were found in the airlock under an id that no row has. */
export interface Orphan {
  readonly id: FileId;
  /** Who is to look after it: of the data team. */
  readonly owner: AccountId;
  readonly size: number;
  readonly at: Instant;
}

/** What the doctor mends in the ledger. */
export interface RepairLedger {
  /**
   * Makes a row for an orphan: `held`, for the reason `orphan`, without an end of its time and without a verdict, under
   * its id as its name. False, and nothing written, when there is a row by now.
   */
  adoptOrphan(orphan: Orphan, notices: readonly NewNotice[], audit: AuditRecord): Promise<boolean>;
  /** Files that are being received no more, and still have a promise of room or a lease that is over at `at`. */
  danglingClaims(at: Instant): Promise<readonly FileId[]>;
  /** Ends such promises and leases of these files; others of theirs stay. */
  dropClaims(at: Instant, files: readonly FileId[], audit: AuditRecord): Promise<void>;
}
