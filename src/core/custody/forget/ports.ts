import type { AccountName } from '../../accounts/account.ts';
import type { AuditRecord } from '../../audit/events.ts';
import type { AccountId } from '../../kit/ids.ts';

/** What keeps a person from being forgotten: how many of each there are. */
export interface Ties {
  /** Files of theirs that are in custody. */
  readonly files: number;
  /** Projects that they own. */
  readonly projects: number;
  /** Shares that they are a member of. */
  readonly shares: number;
  /** Live holds and freezes on them, or that they have placed. */
  readonly holds: number;
}

/** What was erased. */
export interface Erased {
  /** Values of the audit log's side table: names, paths, addresses. */
  readonly values: number;
  /** Receipts and certificates. */
  readonly documents: number;
  /** Names of files. */
  readonly files: number;
}

/** What forgetting a person asks of the ledger. */
export interface ForgetLedger {
  tiesOf(account: AccountId): Promise<Ties>;
  /**
   * Erases what is personal of a disabled account that has no ties, in one transaction: the values of the audit rows
   * about it, its names and addresses, credentials, keys, tokens, sessions and scores, names of its files and folders,
   * its signed documents, mails that were not sent yet, and the reasons of holds and freezes on it. Rows and ids stay, and the log's own rows. What
   * was erased is overwritten in the database. Null, and nothing changed, when it has ties or is not disabled.
   */
  forgetPerson(account: AccountId, replacement: AccountName, audit: AuditRecord): Promise<Erased | null>;
}
