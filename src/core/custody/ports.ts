import type { GuardLedger } from '../accounts/guard/ports.ts';
import type { AccountsLedger } from '../accounts/ports.ts';
import type { AuditRecord } from '../audit/events.ts';
import type { AuditLedger, CheckpointLedger } from '../audit/ports.ts';
import type { Instant, Millis } from '../kit/clock.ts';
import type { Sha256 } from '../kit/digest.ts';
import type { AccountId, FileId, LeaseId, NoticeId } from '../kit/ids.ts';
import type { Result } from '../kit/result.ts';
import type { ProjectsLedger } from '../projects/ports.ts';
import type { DigestsLedger } from './digests/ports.ts';
import type { RepairLedger } from './doctor/ports.ts';
import type {
  ArrivalPath,
  BytesZone,
  CustodyFile,
  Drop,
  FileReason,
  FileRef,
  InodeMark,
  IntakeDoor,
  WorkingPath,
} from './file.ts';
import type { ForgetLedger } from './forget/ports.ts';
import type { FreezeRecords } from './freezes/ports.ts';
import type { ImpliedWork } from './implied-work.ts';
import type { MailsLedger } from './mails/ports.ts';
import type { FileName, FolderPath } from './names.ts';
import type { NewNotice, PendingNotice } from './notice.ts';
import type { OutboundLedger } from './outbound/ports.ts';
import type { SignedReceipt } from './receipt.ts';
import type { SignedCertificate } from './retention/certificate.ts';
import type { RetentionLedger } from './retention/ports.ts';
import type { ScrubLedger } from './scrub/ports.ts';
import type { SharesLedger } from './shares/ports.ts';
import type { FileState } from './states.ts';
import type { Inspection, NotYet, Verdict } from './verdict.ts';

/** A new upload: a file in state `receiving`, with its writer's lease. */
export interface NewUpload extends Drop {
  readonly id: FileId;
  readonly door: IntakeDoor;
  readonly path: ArrivalPath;
  readonly declaredSize: number | null;
  /** The settled file that it goes on from. */
  readonly continues?: FileId;
  readonly at: Instant;
  readonly lease: Lease;
}

/** An upload of which everything has come, and is durable, before the ledger knows of it. */
export interface WholeUpload extends Drop {
  readonly id: FileId;
  readonly door: IntakeDoor;
  readonly path: ArrivalPath;
  readonly declaredSize: number | null;
  /** When it was opened. */
  readonly at: Instant;
  /** The newest file of the path when it was opened, which has settled; null when there was none. */
  readonly newest: FileId | null;
  readonly size: number;
  readonly receivedAt: Instant;
  readonly settlesAt: Instant | null;
  readonly clientMtime: Instant | null;
}

/** One writer's claim on one upload. It ends when it is released, or when nobody renewed it in time. */
export interface Lease {
  readonly id: LeaseId;
  readonly until: Instant;
}

/** Columns that a move may set beside the state; one that is left out stays as it is. */
export interface FileChanges {
  readonly path?: ArrivalPath;
  readonly arrival?: ArrivalPath | null;
  readonly working?: WorkingPath | null;
  readonly carried?: number | null;
  readonly inode?: InodeMark | null;
  readonly zone?: BytesZone;
  readonly size?: number;
  readonly gap?: boolean;
  readonly clientMtime?: Instant | null;
  readonly lastByteAt?: Instant;
  readonly receivedAt?: Instant | null;
  readonly settlesAt?: Instant | null;
  readonly inspectedAt?: Instant | null;
  readonly sha256?: Sha256 | null;
  readonly contentType?: string | null;
  readonly arrivedAt?: Instant;
  readonly releasedAt?: Instant;
  readonly collectedAt?: Instant;
  readonly expiresAt?: Instant;
  readonly expiresRule?: string;
  readonly warnedBefore?: Millis | null;
  readonly extendedAt?: Instant;
  readonly destroyedAt?: Instant;
  readonly scrubbedAt?: Instant;
  readonly stamp?: string | null;
  readonly damagedAt?: Instant | null;
  readonly reason?: FileReason | null;
  readonly sameBytesAs?: FileId;
}

/** One move of state: compare-and-set on state and generation, with everything that belongs to it. */
export interface FileMove {
  readonly ref: FileRef;
  readonly from: FileState;
  readonly to: FileState;
  readonly changes?: FileChanges;
  /** The move makes the next generation, so that every job and writer of this one is too late. */
  readonly nextGeneration?: boolean;
  /** Only while no other lease is live at `at`: takes the lease. `release` ends the file's lease. */
  readonly lease?: Lease | 'release';
  /** Only if the file has not settled at this instant (`settlesAt` null or later). */
  readonly unsettledAt?: Instant;
  /** Only if the file has settled at this instant. */
  readonly settledAt?: Instant;
  /** Only if this other file is still `arrived` or `released`: what a word of the same bytes relies on. */
  readonly whileArrived?: FileId;
  /** Only if no hold covers the file: its own, one on its owner's Arrivals, or one on a project of its owner. */
  readonly unlessHeld?: true;
  readonly verdicts?: readonly Verdict[];
  readonly receipt?: SignedReceipt;
  readonly certificate?: SignedCertificate;
  readonly notices?: readonly NewNotice[];
  readonly audit: AuditRecord;
}

/**
 * How a move ended. `lost-race`: state, generation, settling or lease are not as the move expects, someone else
 * was first, and nothing was changed. `name-taken`: a live file has the outside or arrival name.
 */
export type MoveOutcome = 'moved' | 'lost-race' | 'name-taken';

/** What `listFiles` looks for; members that are left out do not restrict. Newest first. */
export interface FileQuery {
  readonly owner?: AccountId;
  /** Only files that leave (true), or that come in (false). */
  readonly leaving?: boolean;
  readonly states?: readonly FileState[];
  /** Only ids below this one: the last of the page before. */
  readonly before?: FileId;
  readonly limit: number;
}

/** A page of a person's own files, for people who search, sort and turn pages. */
export interface OwnFilesQuery {
  readonly owner: AccountId;
  /** Files that leave (true), or that come in (false). */
  readonly leaving: boolean;
  readonly states: readonly FileState[];
  /** Part of the name or the folder, in any case; empty for all. */
  readonly search: string;
  readonly sort: 'newest' | 'name' | 'size' | 'expires';
  readonly descending: boolean;
  /** The last file of the page before: the page goes on behind where it is now. Null for the first page. */
  readonly after: FileId | null;
  readonly limit: number;
}

/** Files in the order that was asked for. */
export interface OwnFilesPage {
  readonly files: readonly CustodyFile[];
  /** How many there are on all pages. */
  readonly total: number;
  /** Others follow behind the last. */
  readonly more: boolean;
}

/** One line of a folder of a drop, or of what was published to a person: a folder, or the newest file of a name. */
export type FolderEntry =
  | { readonly kind: 'folder'; readonly name: FileName; readonly createdAt: Instant }
  | { readonly kind: 'file'; readonly name: FileName; readonly file: CustodyFile };

/**
 * Files, folders, leases and notices in the ledger.
 *
 * Every method is one transaction and durable when it resolves. A move that is not in the table of legal moves
 * throws. Names are compared by their key (`nameKey`), per drop and folder.
 */
export interface CustodyLedger {
  /**
   * Inserts an upload. With `supersedes`, that file goes to `abandoned` in the same transaction, if it is still
   * unsettled at `upload.at` and no other lease on it is live. At most one `receiving` file per outside path.
   */
  startUpload(
    upload: NewUpload,
    supersedes: { readonly ref: FileRef; readonly changes: FileChanges; readonly audit: AuditRecord } | null,
    audit: AuditRecord,
  ): Promise<MoveOutcome>;
  /**
   * Inserts an upload that is `received` already, with both of its audit events. `lost-race` when the path shows
   * another file than `newest` by now, or its folder is gone; `name-taken` when a folder has the name.
   */
  receiveWhole(
    upload: WholeUpload,
    audit: readonly [started: AuditRecord, received: AuditRecord],
  ): Promise<MoveOutcome>;
  moveFile(move: FileMove): Promise<MoveOutcome>;
  /** Several moves in one transaction: all of them, or none when one of them is not `moved`; that one's outcome. */
  moveFiles(moves: readonly FileMove[]): Promise<MoveOutcome>;
  /** Stores how far an upload is durable. False when the generation is past, or the file is not `receiving`. */
  noteProgress(ref: FileRef, progress: { size: number; gap: boolean; at: Instant }): Promise<boolean>;
  /** Stores the client's modification time, for display. False when the generation is past. */
  setClientMtime(ref: FileRef, mtime: Instant): Promise<boolean>;
  /**
   * Records that bytes left one zone for another, with no change of state. False, and nothing written, when
   * the generation is past or the bytes are not in `from`.
   */
  moveBytes(ref: FileRef, from: BytesZone, to: BytesZone, audit: AuditRecord): Promise<boolean>;
  /** Extends leases; returns the files whose lease is still the caller's. */
  renewLeases(
    leases: readonly { readonly file: FileId; readonly lease: LeaseId }[],
    until: Instant,
  ): Promise<readonly FileId[]>;
  /** Ends a lease; does nothing when it is no longer the caller's. */
  releaseLease(file: FileId, lease: LeaseId): Promise<void>;
  /** The lease of a file that is live at `at`. */
  liveLease(file: FileId, at: Instant): Promise<Lease | null>;
  /**
   * Raises the bytes that are promised to an upload to `bytes` in all, if the promises of all uploads that have
   * not been written yet fit into `room`. Released by the move that ends `receiving`. `superseded` when
   * the file is not `receiving` any more. Idempotent.
   */
  reserve(file: FileId, bytes: number, room: number): Promise<'reserved' | 'no-room' | 'superseded'>;

  fileById(id: FileId): Promise<CustodyFile | null>;
  /** The file that a path of a drop shows: the newest that is not in an unlisted state. */
  newestAt(drop: Drop, path: ArrivalPath): Promise<CustodyFile | null>;
  /** The file that has, or has reserved, a name in Arrivals or in what was released to its owner. */
  arrivalAt(drop: Drop, path: ArrivalPath): Promise<CustodyFile | null>;
  /**
   * A page of a folder of a drop, as its owner sees it, ordered by name key: folders, and per name the newest file
   * that is not in an unlisted state and, once arrived, not older than `listedSince`. Null when there is no such
   * folder (the top always is).
   */
  listFolder(
    drop: Drop,
    folder: FolderPath,
    page: { readonly listedSince: Instant; readonly after: FileName | null; readonly limit: number },
  ): Promise<readonly FolderEntry[] | null>;
  listFiles(query: FileQuery): Promise<readonly CustodyFile[]>;
  /** A page of an account's files; null when `after` is no file of theirs. */
  pageOfOwn(query: OwnFilesQuery): Promise<OwnFilesPage | null>;
  /**
   * The files of an account that audit rows after `seq` are about, each once, and the newest row's number. With
   * `seq` null only that number.
   */
  filesTouched(
    owner: AccountId,
    seq: number | null,
    limit: number,
  ): Promise<{ readonly files: readonly FileId[]; readonly seq: number }>;
  /** How many files are in each state; a state without files is left out. */
  countByState(): Promise<Readonly<Partial<Record<FileState, number>>>>;
  verdictsOf(file: FileId): Promise<readonly Verdict[]>;
  receiptsOf(file: FileId): Promise<readonly SignedReceipt[]>;

  /** The folder as it is spelled, or null; the top is always there. */
  findFolder(drop: Drop, folder: FolderPath): Promise<{ path: FolderPath; createdAt: Instant } | null>;
  /** `no-parent` when the folder above is missing; `name-taken` when a listed file has the name. */
  addFolder(
    drop: Drop,
    folder: FolderPath,
    at: Instant,
    audit: AuditRecord,
  ): Promise<'added' | 'exists' | 'no-parent' | 'name-taken'>;
  /** Removes an empty folder: no folder in it, and no file that is listed in the drop. */
  removeFolder(
    drop: Drop,
    folder: FolderPath,
    listedSince: Instant,
    audit: AuditRecord,
  ): Promise<'removed' | 'absent' | 'not-empty'>;

  /** What the states of files and notices imply is to be done now, oldest first. */
  impliedWork(now: Instant, limit: number): Promise<readonly ImpliedWork[]>;
  /** Uploads in `receiving` whose last byte is older than `before`, and partial names closed before it. */
  idleUploads(before: Instant, limit: number): Promise<readonly CustodyFile[]>;
  /**
   * Makes the next generation of every file in an `-ing` state of a job, and ends all leases: at start, before
   * any worker. Returns how many files had work in flight.
   */
  renewGenerations(audit: (count: number) => AuditRecord): Promise<number>;
  /** All files whose bytes we have, in order of id: for the reconciliation with the disk. */
  filesWithBytes(after: FileId | null, limit: number): Promise<readonly CustodyFile[]>;

  /** Notices of an account that were not sent, oldest first. */
  pendingNotices(account: AccountId, limit: number): Promise<readonly PendingNotice[]>;
  markNoticesSent(ids: readonly NoticeId[], at: Instant, audit: AuditRecord): Promise<void>;

  /** A value that outlives the process, such as the boot id of the last start; null when it was never set. */
  readMark(name: string): Promise<string | null>;
  writeMark(name: string, value: string): Promise<void>;
  /** The values whose names begin with a prefix. */
  marksBelow(prefix: string): Promise<readonly { readonly name: string; readonly value: string }[]>;
  /** Unsets a value. Idempotent. */
  dropMark(name: string): Promise<void>;
}

/** Everything that custody asks of the ledger. */
export type Ledger = CustodyLedger &
  RepairLedger &
  ScrubLedger &
  MailsLedger &
  ForgetLedger &
  SharesLedger &
  OutboundLedger &
  RetentionLedger &
  FreezeRecords &
  DigestsLedger &
  ProjectsLedger &
  AccountsLedger &
  GuardLedger &
  AuditLedger &
  CheckpointLedger;

/** Reads a file's bytes once and asks every check about them. */
export interface Inspector {
  /**
   * `name` only gives the expected type. Resolves with `notYet` when a check could not answer (invariant 8).
   * Throws when the bytes cannot be read.
   */
  inspect(
    bytes: AsyncIterable<Uint8Array>,
    about: { readonly name: FileName; readonly size: number },
  ): Promise<Inspected>;
}

/** The outcome of one reading. */
export type Inspected =
  | { readonly answered: true; readonly inspection: Inspection }
  | { readonly answered: false; readonly notYet: NotYet };

/**
 * The queue as a hint: says that there may be work. Returns at once, never throws and is never awaited; the
 * sweeper finds what a lost hint meant.
 */
export interface WorkHints {
  hint(work: ImpliedWork, delay?: Millis): void;
}

/** A mail to one person, ready to be sent. */
export interface Mail {
  /** Stable for the same notices: a second sending replaces the first where the carrier can. */
  readonly id: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly attachments: readonly { readonly name: string; readonly json: string }[];
}

/** Carries mails. */
export interface Mailer {
  /**
   * Hands a mail over. `refused-for-good`, with what was said as the detail: the same mail would be refused again.
   * Throws when it has to be tried again.
   */
  send(mail: Mail): Promise<Result<null, 'refused-for-good'>>;
}
