import type { ColumnType, Generated, Kysely } from 'kysely';
import type { AccessToken, Account, AccountName } from '../../core/accounts/account.ts';
import type { DoorName, FreezeTarget } from '../../core/accounts/freeze.ts';
import type { MailedPurpose } from '../../core/accounts/mailed-proof.ts';
import type { BytesZone, FileReason, InodeMark, IntakeDoor } from '../../core/custody/file.ts';
import type { FreezeNoticeKind } from '../../core/custody/freezes/ports.ts';
import type { MailKind } from '../../core/custody/mails/ports.ts';
import type { FileName, FolderPath } from '../../core/custody/names.ts';
import type { FileState, NoticeKind } from '../../core/custody/states.ts';
import type { Check, VerdictOutcome } from '../../core/custody/verdict.ts';
import type { Instant, Millis } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import type {
  AccountId,
  FileId,
  FreezeId,
  HoldId,
  KeyId,
  LeaseId,
  MailedProofId,
  MailId,
  NoticeId,
  ProjectId,
  ReconnectionId,
  SessionId,
  ShareId,
  TokenId,
} from '../../core/kit/ids.ts';
import type { HardTokensTable, KeyChallengesTable, SecurityKeysTable } from './key-tables.ts';

/** Queries on the ledger, on whatever connection and inside whatever transaction the caller has opened. */
export type LedgerDb = Kysely<Tables>;

/** The tables as the newest migration leaves them. Instants and sizes are integers up to 2^53. */
export type Tables = {
  schema_version: { version: number; name: string };
  audit_log: { seq: number; entry: string; leaf_hash: Sha256 };
  audit_subjects: { subject: string; seq: number };
  audit_personal: { seq: number; field: string; salt: Uint8Array; value: string };
  audit_head: { id: number; size: number; edge: string };
  accounts: AccountsTable;
  agreements: AgreementsTable;
  credentials: CredentialsTable;
  ssh_keys: SshKeysTable;
  access_tokens: AccessTokensTable;
  reconnections: ReconnectionsTable;
  guard_scores: GuardScoresTable;
  web_sessions: WebSessionsTable;
  security_keys: SecurityKeysTable;
  key_challenges: KeyChallengesTable;
  emergency_codes: EmergencyCodesTable;
  mailed_proofs: MailedProofsTable;
  hard_tokens: HardTokensTable;
  projects: ProjectsTable;
  shares: SharesTable;
  /** `rights` is a list with commas. */
  share_members: { share: ShareId; account: AccountId; rights: string };
  folders: FoldersTable;
  files: FilesTable;
  leases: { file: FileId; id: LeaseId; until: Instant };
  reservations: { file: FileId; bytes: number };
  verdicts: VerdictsTable;
  /** `receipt` is the signed receipt as JSON. */
  receipts: { id: string; file: FileId; receipt: string };
  /** `certificate` is the signed certificate as JSON. */
  certificates: { id: string; file: FileId; certificate: string };
  holds: HoldsTable;
  freezes: FreezesTable;
  freeze_notices: FreezeNoticesTable;
  notices: NoticesTable;
  security_notices: SecurityNoticesTable;
  untaken_mails: UntakenMailsTable;
  marks: { name: string; value: string };
  /** Of the same bytes, in lowercase hexadecimal. */
  digests: { sha256: Sha256; md5: string; sha1: string };
  /** What would take too long to count, kept by every transaction that changes it. */
  counters: { name: 'files-with-bytes'; value: number };
};

interface AccountsTable {
  id: AccountId;
  name: AccountName;
  full_name: string;
  email: string;
  role: Account['role'];
  status: Account['status'];
  created_at: Instant;
  /** A list with commas; empty for anywhere. */
  sources: Generated<string>;
  training_expires: Instant | null;
  /** So long before that its person was warned last. */
  training_warned: Millis | null;
  /** The version of the agreement that was accepted last, and when. */
  agreed_version: Sha256 | null;
  agreed_at: Instant | null;
  inducted_on: Instant | null;
}

interface AgreementsTable {
  version: Sha256;
  text: string;
  published_at: Instant;
}

interface CredentialsTable {
  account: AccountId;
  password_hash: string | null;
  totp_sealed: Uint8Array | null;
  pin_sealed: ColumnType<Uint8Array | null, Uint8Array | null | undefined>;
  /** The greatest TOTP step that was used. */
  totp_step: number | null;
}

interface SshKeysTable {
  id: KeyId;
  account: AccountId;
  algorithm: string;
  blob: string;
  fingerprint: string;
  comment: string;
  added_at: Instant;
}

/** One row of `access_tokens`. */
export interface AccessTokensTable {
  id: TokenId;
  account: AccountId;
  /** A list with commas. */
  scopes: string;
  side: AccessToken['side'];
  secret_digest: Sha256;
  created_at: Instant;
  expires_at: Instant;
  revoked_at: Instant | null;
  last_used_at: Instant | null;
  /** The one upload that it opens; null for a token that a person keeps. */
  upload: FileId | null;
}

/** One row of `web_sessions`. */
export interface WebSessionsTable {
  id: SessionId;
  account: AccountId;
  side: AccessToken['side'];
  source: string;
  secret_digest: Sha256;
  created_at: Instant;
  seen_at: Instant;
  until: Instant;
  ended_at: Instant | null;
  /** 0 or 1. */
  in_emergency: number;
  /** 0 or 1. */
  in_activation: number;
  proven_at: Instant | null;
}

interface EmergencyCodesTable {
  account: AccountId;
  sealed: Uint8Array;
  made_at: Instant;
  expires_at: Instant;
  used_at: Instant | null;
}

/** One row of `mailed_proofs`. */
export interface MailedProofsTable {
  id: MailedProofId;
  account: AccountId;
  purpose: MailedPurpose;
  side: AccessToken['side'];
  created_at: Instant;
  expires_at: Instant;
  binding: Sha256 | null;
  /** Null until the mail is written. */
  secret_digest: Sha256 | null;
  mailed_at: Instant | null;
  attempts: number;
  used_at: Instant | null;
  ended_at: Instant | null;
}

/** One row of `reconnections`. */
export interface ReconnectionsTable {
  id: ReconnectionId;
  account: AccountId;
  side: AccessToken['side'];
  proofs: string;
  source: string;
  at: Instant;
  until: Instant;
  used_at: Instant | null;
  ended_at: Instant | null;
}

/** One row of `guard_scores`. An empty source or account stands for any. */
export interface GuardScoresTable {
  source: string;
  account: AccountId | '';
  millipoints: number;
  at: Instant;
  bans: number;
  banned_until: Instant;
  known_at: Instant | null;
  revision: number;
}

/** One row of `projects`. */
export interface ProjectsTable {
  id: ProjectId;
  case_ref: string;
  title: string;
  iao: AccountId;
  created_at: Instant;
}

/** One row of `shares`. */
export interface SharesTable {
  id: ShareId;
  name: string;
  project: ProjectId;
  created_at: Instant;
  closed_at: Instant | null;
}

interface FoldersTable {
  owner: AccountId;
  /** As in `FilesTable`. */
  leaves_by: ShareId | '';
  path: FolderPath;
  path_key: string;
  /** The `path_key` of the folder above, and the key of the last name: together they are `path_key`. */
  parent_key: string;
  name_key: string;
  created_at: Instant;
}

/** One row of `files`: `CustodyFile`, and the keys that names are compared by. */
export interface FilesTable {
  id: FileId;
  owner: AccountId;
  /** The share that it leaves by; empty for what comes in. Never null: it stands in unique indexes. */
  leaves_by: ShareId | '';
  generation: number;
  door: IntakeDoor;
  state: FileState;
  folder: FolderPath;
  folder_key: string;
  name: FileName;
  name_key: string;
  arrival_folder: FolderPath | null;
  /** Spelled by `publishedKey`, in the order of listings; the other keys by `folderKey`. */
  arrival_folder_key: string | null;
  arrival_name: FileName | null;
  arrival_name_key: string | null;
  working_share: ShareId | null;
  working_folder: FolderPath | null;
  working_folder_key: string | null;
  working_name: FileName | null;
  working_name_key: string | null;
  carried: number | null;
  inode: InodeMark | null;
  zone: BytesZone;
  size: number;
  declared_size: number | null;
  /** 0 or 1. */
  gap: number;
  client_mtime: Instant | null;
  created_at: Instant;
  last_byte_at: Instant;
  received_at: Instant | null;
  settles_at: Instant | null;
  inspected_at: Instant | null;
  sha256: Sha256 | null;
  content_type: string | null;
  arrived_at: Instant | null;
  released_at: Instant | null;
  collected_at: Instant | null;
  expires_at: Instant | null;
  expires_rule: string | null;
  warned_before: Millis | null;
  extended_at: Instant | null;
  destroyed_at: Instant | null;
  scrubbed_at: Instant | null;
  stamp: string | null;
  damaged_at: Instant | null;
  reason: FileReason | null;
  same_bytes_as: FileId | null;
  continues: FileId | null;
}

interface VerdictsTable {
  file: FileId;
  /** Counts a file's verdicts, from 0. */
  place: number;
  check_name: Check;
  outcome: VerdictOutcome;
  detail: string | null;
  version: string;
  sha256: Sha256;
  at: Instant;
}

/** One of `file`, `account` and `project` is what the hold covers; the others are null. */
export interface HoldsTable {
  id: HoldId;
  file: FileId | null;
  account: AccountId | null;
  project: ProjectId | null;
  reason: string;
  placed_by: AccountId;
  placed_at: Instant;
  lifted_by: AccountId | null;
  lifted_at: Instant | null;
}

export interface FreezesTable {
  id: FreezeId;
  kind: FreezeTarget['kind'];
  account: AccountId | null;
  project: ProjectId | null;
  door: DoorName | null;
  reason: string;
  placed_by: AccountId;
  placed_at: Instant;
  proposed_by: AccountId | null;
  proposed_at: Instant | null;
  lifted_by: AccountId | null;
  lifted_at: Instant | null;
}

interface FreezeNoticesTable {
  id: NoticeId;
  kind: FreezeNoticeKind;
  account: AccountId;
  freeze: FreezeId;
  at: Instant;
  sent_at: Instant | null;
  given_up: Generated<MailId | null>;
}

interface SecurityNoticesTable {
  id: NoticeId;
  account: AccountId;
  /** The row of the audit log that is told. */
  seq: number;
  at: Instant;
  sent_at: Instant | null;
  given_up: Generated<MailId | null>;
}

interface NoticesTable {
  id: NoticeId;
  kind: NoticeKind;
  account: AccountId;
  file: FileId;
  at: Instant;
  sent_at: Instant | null;
  /** The mail that was given up, and told it. */
  given_up: Generated<MailId | null>;
}

/** One row of `untaken_mails`. */
export interface UntakenMailsTable {
  id: MailId;
  account: AccountId;
  kind: MailKind;
  attempts: number;
  since: Instant;
  last_at: Instant;
  /** Null when it was given up. */
  next_at: Instant | null;
  reply: string;
}
