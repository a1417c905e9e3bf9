import type { AuditRecord } from '../../audit/events.ts';
import type { Instant, Millis } from '../../kit/clock.ts';
import type { AccountId, FileId, HoldId } from '../../kit/ids.ts';
import type { CustodyFile, FileRef } from '../file.ts';
import type { NewNotice } from '../notice.ts';
import type { SignedCertificate } from './certificate.ts';
import type { Hold, HoldTarget } from './hold.ts';

/** Where a page of due files ends: the next begins after it. */
export interface DueCursor {
  readonly expiresAt: Instant;
  readonly id: FileId;
}

/**
 * Retention, holds and certificates in the ledger. Due files are found by index on their time, never by a walk.
 * A file is due when it is arrived, held, quarantined, abandoned, released or revoked, has bytes, `expiresAt` is at or
 * before the instant asked for, and no hold covers it.
 */
export interface RetentionLedger {
  /** A page of due files, by `expiresAt` and id. */
  dueFiles(asOf: Instant, after: DueCursor | null, limit: number): Promise<readonly CustodyFile[]>;
  /** How many files have bytes at all: what a run's size is measured against. */
  countFilesWithBytes(): Promise<number>;
  /** Arrived files, and released ones that nobody has collected, that end within `before` from `now` and were not warned at this step or a shorter one. */
  filesToWarn(now: Instant, before: Millis, limit: number): Promise<readonly CustodyFile[]>;
  /**
   * Marks files as warned at this step and writes their notices, in one transaction. A file whose generation or
   * state is past is left out, with its notice.
   */
  markWarned(
    warned: readonly { readonly ref: FileRef; readonly notices: readonly NewNotice[] }[],
    before: Millis,
    audit: AuditRecord,
  ): Promise<void>;

  placeHold(hold: Hold, audit: AuditRecord): Promise<void>;
  /** False when the hold was lifted before; nothing is written then. */
  liftHold(id: HoldId, by: AccountId, at: Instant, audit: AuditRecord): Promise<boolean>;
  holdById(id: HoldId): Promise<Hold | null>;
  /** Holds, newest first; `live` leaves out the lifted ones. */
  listHolds(live: boolean): Promise<readonly Hold[]>;
  /** The live holds that cover a file. */
  holdsOn(file: FileId): Promise<readonly Hold[]>;

  /** A file's id, an account's name, a project's case reference; null when there is no such thing. */
  holdTargetName(target: HoldTarget): Promise<string | null>;

  certificatesOf(file: FileId): Promise<readonly SignedCertificate[]>;
  /** The accounts that answer for a person's projects: the IAOs of the shares that the person is a member of. */
  ownersFor(account: AccountId): Promise<readonly AccountId[]>;
  /** The time of the newest audit row, by whatever clock it was written; null in an empty log. */
  lastAuditTime(): Promise<Instant | null>;
}
