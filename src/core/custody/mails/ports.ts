import type { AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import type { AccountId, MailId } from '../../kit/ids.ts';

/** What a mail tells. Each kind waits for itself, so that one that is refused keeps no other from leaving. */
export type MailKind = 'file-notices' | 'freeze-notices' | 'security-notices' | 'mailed-proofs';

/** A mail that its carrier has not taken: it waits for the next attempt, or was given up. */
export interface UntakenMail {
  readonly id: MailId;
  readonly account: AccountId;
  readonly kind: MailKind;
  /** How often it was handed over. */
  readonly attempts: number;
  /** When it was first handed over, and last. */
  readonly since: Instant;
  readonly lastAt: Instant;
  /** When it is handed over again; null when it was given up. */
  readonly nextAt: Instant | null;
  /** What the carrier said last. */
  readonly reply: string;
}

/** What the ledger knows of mails that were not taken. */
export interface MailsLedger {
  /** The mail of that kind to an account that waits for its next attempt; there is one at most. */
  waitingMail(account: AccountId, kind: MailKind): Promise<UntakenMail | null>;
  /** Keeps how a mail stands that waits, in place of what was kept of it before. */
  keepWaitingMail(mail: UntakenMail): Promise<void>;
  /** A mail waits no longer: it was taken. Idempotent. */
  dropWaitingMail(id: MailId): Promise<void>;
  /**
   * Gives a mail up, and what it told with it: `items` are the notices, or the one proof, that no mail is written of
   * any more. A proof ends by it.
   */
  giveUpMail(mail: UntakenMail, items: readonly string[], audit: AuditRecord): Promise<void>;
  /** The mails that wait for an attempt and those that were given up, oldest first. */
  untakenMails(now: Instant): Promise<readonly UntakenMail[]>;
  untakenMailById(id: MailId): Promise<UntakenMail | null>;
  /** Lets what a mail told be mailed again, at once. False when there is no such mail. */
  sendUntakenMail(id: MailId, audit: AuditRecord): Promise<boolean>;
  /** Takes a mail that was given up off the list; what it told is mailed no more. False when there is none. */
  dismissUntakenMail(id: MailId, audit: AuditRecord): Promise<boolean>;
}
