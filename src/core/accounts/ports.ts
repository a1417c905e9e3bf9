import type { AuditRecord } from '../audit/events.ts';
import type { Instant } from '../kit/clock.ts';
import type { Sha256 } from '../kit/digest.ts';
import type { AccountId, TokenId } from '../kit/ids.ts';
import type { AccessToken, Account, AccountName, Credentials, SshKey } from './account.ts';

/** A person to be added, with what they may sign in with. */
export interface NewAccount {
  readonly account: Omit<Account, 'hasPassword' | 'hasTotp'>;
  readonly passwordHash: string | null;
  readonly totpSealed: Uint8Array | null;
  readonly sshKeys: readonly SshKey[];
}

/** What of an account's sign-in is replaced; a member that is left out stays as it is. */
export interface CredentialChange {
  readonly status?: Account['status'];
  readonly passwordHash?: string | null;
  readonly totpSealed?: Uint8Array | null;
  readonly addSshKey?: SshKey;
  /** Also forgets the last TOTP step that was used. */
  readonly forgetTotpStep?: boolean;
  /** Revokes all live access tokens. */
  readonly revokeTokens?: boolean;
}

/** Persons and their credentials in the ledger. Every change appends its audit records in its own transaction. */
export interface AccountsLedger {
  /** `name-taken` when another account has the name (names are never reused). */
  addAccount(added: NewAccount, audit: readonly AuditRecord[]): Promise<'added' | 'name-taken'>;
  accountByName(name: AccountName): Promise<Account | null>;
  accountById(id: AccountId): Promise<Account | null>;
  /** All accounts by name. */
  listAccounts(): Promise<readonly Account[]>;
  credentialsOf(id: AccountId): Promise<Credentials | null>;
  /** False when there is no such account. `key-known` when the account has that key already. */
  changeCredentials(
    id: AccountId,
    change: CredentialChange,
    audit: readonly AuditRecord[],
  ): Promise<'changed' | 'absent' | 'key-known'>;
  /**
   * Marks a TOTP time step as used (RFC 6238 section 5.2: a code is accepted once). True only for the first
   * caller of a step greater than any used before, across all doors and processes.
   */
  consumeTotpStep(id: AccountId, step: number): Promise<boolean>;
  addToken(token: AccessToken, secretDigest: Sha256, audit: readonly AuditRecord[]): Promise<void>;
  /** The token and the digest of its secret, expired and revoked ones included. */
  tokenById(id: TokenId): Promise<{ readonly token: AccessToken; readonly secretDigest: Sha256 } | null>;
  /** Remembers roughly when a token was last used; not audited. */
  touchToken(id: TokenId, at: Instant): Promise<void>;
}
