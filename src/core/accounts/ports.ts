import type { AuditRecord } from '../audit/events.ts';
import type { Instant, Millis } from '../kit/clock.ts';
import type { Sha256 } from '../kit/digest.ts';
import type {
  AccountId,
  KeyId,
  MailedProofId,
  NoticeId,
  ReconnectionId,
  SecurityKeyId,
  SessionId,
  TokenId,
} from '../kit/ids.ts';
import type { AccessToken, Account, AccountName, Credentials, SshKey } from './account.ts';
import type { EmergencyCode } from './emergency-code.ts';
import type { FreezesLedger } from './freeze.ts';
import type { Agreement, Standing } from './gates.ts';
import type { HardTokensLedger } from './hard-tokens/ports.ts';
import type { MailedProof, ShownMailedProof } from './mailed-proof.ts';
import type { Reconnection, ReturningVisit } from './reconnection.ts';
import type { SecurityKeysLedger } from './security-keys/ports.ts';
import type { SecurityNotice } from './security-notice.ts';
import type { SourceRange } from './source-ranges.ts';
import type { PortalWays } from './ways-in.ts';
import type { WebSession } from './web-session.ts';

/** A person to be added, with what they may sign in with. */
export interface NewAccount {
  readonly account: Omit<Account, 'hasPassword' | 'hasTotp' | 'sources' | keyof Standing>;
  readonly passwordHash: string | null;
  readonly totpSealed: Uint8Array | null;
  readonly sshKeys: readonly SshKey[];
}

/**
 * What of an account's sign-in is replaced; a member that is left out stays as it is.
 *
 * Reconnections end with what they rest on: all of them when the account is disabled or its password or soft token
 * replaced, those of a key when it is removed. So do sessions of browsers, but for `keepSession`, and with them the
 * emergency code and what was mailed.
 */
export interface CredentialChange {
  readonly status?: Account['status'];
  readonly passwordHash?: string | null;
  readonly totpSealed?: Uint8Array | null;
  /** Left out, a new soft token has none. */
  readonly pinSealed?: Uint8Array | null;
  readonly addSshKey?: SshKey;
  readonly removeSshKey?: KeyId;
  readonly sources?: readonly SourceRange[];
  /** Also forgets the last TOTP step that was used. */
  readonly forgetTotpStep?: boolean;
  /** The step of the code by which a new soft token was taken into use: used with it. */
  readonly totpStep?: number;
  /** Where the person has to be able to sign in without the soft token that is taken away, or nothing is changed. */
  readonly leaveWayIn?: PortalWays;
  /** The mailed link that the change rests on: used with it, or nothing is changed. */
  readonly useProof?: ShownMailedProof;
  /** All security keys that the account has, which are removed. */
  readonly removeSecurityKeys?: readonly SecurityKeyId[];
  /** Revokes all live access tokens. */
  readonly revokeTokens?: boolean;
  /** The browser that the change is made in, which stays signed in. */
  readonly keepSession?: SessionId;
}

/**
 * How a change went. Anything but `changed` means that nothing was: there is no such account; it has the key to be added
 * already, or another account has it; it has not the key to be removed, or has other security keys than those to be
 * removed; the mailed link was used or is over; they could not sign in any more; the browser that the change is made in
 * was signed out meanwhile.
 */
export type CredentialOutcome =
  | 'changed'
  | 'absent'
  | 'key-known'
  | 'key-taken'
  | 'key-absent'
  | 'security-keys-changed'
  | 'proof-over'
  | 'no-way-in'
  | 'session-over';

/**
 * Persons and their credentials in the ledger. Every change appends its audit records in its own transaction, and with
 * them the mails of `SECURITY_TELLINGS`.
 */
export interface AccountsLedger extends FreezesLedger, SecurityKeysLedger, HardTokensLedger {
  /** `name-taken` when another account has the name (names are never reused). */
  addAccount(added: NewAccount, audit: readonly AuditRecord[]): Promise<'added' | 'name-taken'>;
  accountByName(name: AccountName): Promise<Account | null>;
  accountById(id: AccountId): Promise<Account | null>;
  /** All accounts by name. */
  listAccounts(): Promise<readonly Account[]>;
  credentialsOf(id: AccountId): Promise<Credentials | null>;
  changeCredentials(
    id: AccountId,
    change: CredentialChange,
    audit: readonly AuditRecord[],
  ): Promise<CredentialOutcome>;
  /**
   * Marks a TOTP time step as used (RFC 6238 section 5.2: a code is accepted once). True only for the first
   * caller of a step greater than any used before, across all doors and processes.
   */
  consumeTotpStep(id: AccountId, step: number): Promise<boolean>;
  addToken(token: AccessToken, secretDigest: Sha256, audit: readonly AuditRecord[]): Promise<void>;
  /** The token and the digest of its secret, expired and revoked ones included. */
  tokenById(id: TokenId): Promise<{ readonly token: AccessToken; readonly secretDigest: Sha256 } | null>;
  /** The tokens of an account that are neither revoked nor expired, newest first; those for one upload are left out. */
  listTokens(account: AccountId, now: Instant): Promise<readonly AccessToken[]>;
  /** Revokes a live token of an account. False, and nothing is written, when it has none such. */
  revokeToken(account: AccountId, id: TokenId, at: Instant, audit: AuditRecord): Promise<boolean>;
  /** Remembers roughly when a token was last used; not audited. */
  touchToken(id: TokenId, at: Instant): Promise<void>;
  /**
   * Keeps that somebody may come back; what was kept for the same visit is prolonged, with its id. False, and only
   * the audit is written, when the account is not active any more.
   */
  keepReconnection(reconnection: Reconnection, audit: readonly AuditRecord[]): Promise<boolean>;
  /** The live reconnection that lets somebody come back so. */
  reconnectionFor(visit: ReturningVisit, now: Instant): Promise<Reconnection | null>;
  /** Marks a live reconnection as used. False, and nothing is written, when it is live no more. */
  useReconnection(id: ReconnectionId, at: Instant, audit: readonly AuditRecord[]): Promise<boolean>;
  reconnectionById(id: ReconnectionId): Promise<Reconnection | null>;
  /** The live reconnections of an account, newest first. */
  listReconnections(account: AccountId, now: Instant): Promise<readonly Reconnection[]>;
  /** Ends those live reconnections of an account, or all. Returns how many; with none, nothing is audited. */
  endReconnections(
    account: AccountId,
    only: ReconnectionId | null,
    at: Instant,
    audit: AuditRecord,
  ): Promise<number>;
  /** Keeps the session of a browser. That somebody signed in is in the audit already. */
  addWebSession(session: WebSession, secretDigest: Sha256): Promise<void>;
  webSessionById(
    id: SessionId,
  ): Promise<{ readonly session: WebSession; readonly secretDigest: Sha256 } | null>;
  /** The sessions of an account that were not ended and whose time is not over, newest first. */
  listWebSessions(account: AccountId, now: Instant): Promise<readonly WebSession[]>;
  /** Remembers when a session was last used; not audited. */
  touchWebSession(id: SessionId, at: Instant): Promise<void>;
  /** Ends one live session of an account, or all but one. Returns how many; with none, nothing is audited. */
  endWebSessions(
    account: AccountId,
    which: { readonly only: SessionId } | { readonly except: SessionId },
    at: Instant,
    audit: AuditRecord,
  ): Promise<number>;
  /**
   * Ends one live session and keeps the new one in its place. False, and nothing is written, when it is not live.
   */
  renewWebSession(
    from: SessionId,
    session: WebSession,
    secretDigest: Sha256,
    audit: AuditRecord,
  ): Promise<boolean>;
  /**
   * Keeps that something is to be mailed, and ends what is live of the same purpose. False, and nothing is written, when
   * the account has `most` of the purpose since then.
   */
  addMailedProof(
    proof: MailedProof,
    limit: { readonly since: Instant; readonly most: number },
    audit: AuditRecord,
  ): Promise<boolean>;
  /** What waits to be mailed to an account, oldest first. */
  pendingMailedProofs(account: AccountId, now: Instant): Promise<readonly MailedProof[]>;
  /**
   * Sets the digest of the secret that is about to be mailed, in place of one that was set before, and its end. False
   * when it waits no more.
   */
  armMailedProof(id: MailedProofId, digest: Sha256, expiresAt: Instant): Promise<boolean>;
  /** Marks it as mailed; when it was before, nothing is changed and nothing audited. */
  markMailedProofSent(id: MailedProofId, at: Instant, audit: AuditRecord): Promise<void>;
  /** The proof, and the digest of its secret, whatever became of it. */
  mailedProofById(
    id: MailedProofId,
  ): Promise<{ readonly proof: MailedProof; readonly secretDigest: Sha256 | null } | null>;
  /** The newest proof of an account that was bound to something. */
  mailedProofBoundTo(account: AccountId, binding: Sha256): Promise<MailedProof | null>;
  /**
   * Uses a live proof up if that is its digest; else counts one wrong try against it. True only for the first caller,
   * across all doors and processes.
   */
  tryMailedProof(shown: ShownMailedProof, at: Instant): Promise<boolean>;
  /** Keeps an emergency code in place of any before. False, and nothing is written, for an account without token and key. */
  putEmergencyCode(code: EmergencyCode, audit: AuditRecord): Promise<boolean>;
  emergencyCodeOf(account: AccountId): Promise<EmergencyCode | null>;
  /** Marks the code that was made then as used. True only for the first caller, across all doors and processes. */
  useEmergencyCode(account: AccountId, madeAt: Instant, at: Instant, audit: AuditRecord): Promise<boolean>;
  /** Mails about somebody's sign-in that were not sent, oldest first. They are queued with their audit record. */
  pendingSecurityNotices(account: AccountId, limit: number): Promise<readonly SecurityNotice[]>;
  /** Records what somebody has done for the gates; what is left out stays as it is. False when there is no such account. */
  recordStanding(id: AccountId, change: Partial<Standing>, audit: readonly AuditRecord[]): Promise<boolean>;
  /** Keeps the text of an agreement. False, and nothing is written, when it is kept already. */
  keepAgreement(agreement: Agreement, at: Instant, audit: AuditRecord): Promise<boolean>;
  /** The text of a version that was in force once. */
  agreementText(version: Sha256): Promise<string | null>;
  /**
   * Marks that somebody was warned that their training ends then, so long before. False, and nothing is written, when
   * they were warned that late or later before, or it ends at another time.
   */
  markTrainingWarned(id: AccountId, expires: Instant, step: Millis, audit: AuditRecord): Promise<boolean>;
  /** Marks them as sent; when all of them were marked before, nothing is changed and nothing audited. */
  markSecurityNoticesSent(ids: readonly NoticeId[], at: Instant, audit: AuditRecord): Promise<void>;
}
