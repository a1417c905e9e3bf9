import type { Instant } from '../kit/clock.ts';
import type { AccountId, FileId, KeyId, TokenId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Standing } from './gates.ts';
import type { SourceRange } from './source-ranges.ts';

/** Which side of the haven's wall a door is on. */
export type Side = 'outside' | 'inside';

/** What a person may do in the service as a whole. IAO and IAA are roles on a project, not here. */
export const ROLES = ['researcher', 'data-team', 'operator', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** One person. */
export interface Account extends Standing {
  readonly id: AccountId;
  /** The sign-in name; also the name of the person's folder in the arrivals zone. Never changes. */
  readonly name: AccountName;
  readonly fullName: string;
  readonly email: string;
  readonly role: Role;
  readonly status: 'active' | 'disabled';
  readonly createdAt: Instant;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  /** Where the person may come from; with none, from anywhere. */
  readonly sources: readonly SourceRange[];
}

declare const brand: unique symbol;

/** A sign-in name: 2 to 32 of `a-z 0-9 . _ -`, starting with a letter, so that it is a safe folder name. */
export type AccountName = string & { readonly [brand]: 'account-name' };

/** Parses a sign-in name; capital letters are refused rather than folded, so that a name has one spelling. */
export function parseAccountName(text: string): Result<AccountName, 'account-name-invalid'> {
  if (/^[a-z][a-z0-9._-]{1,31}$/.test(text)) return accept(text as AccountName);
  return refuse(
    'account-name-invalid',
    'a name is 2 to 32 of a-z, 0-9, dot, dash, underscore, and starts with a letter',
  );
}

/** What a person may use to prove who they are. Secrets are stored sealed or hashed, never as they were given. */
export interface Credentials {
  readonly account: AccountId;
  /** PHC string of argon2id, or null when the person has no password. */
  readonly passwordHash: string | null;
  /** The TOTP key (RFC 6238), sealed by the secret box; null without a soft token. */
  readonly totpSealed: Uint8Array | null;
  /** The hash of the PIN that is typed before a code of the soft token, sealed; null where it has none. */
  readonly pinSealed: Uint8Array | null;
  readonly sshKeys: readonly SshKey[];
}

/** A public key in the form that SSH sends it (RFC 4253 section 6.6). */
export interface SshKey {
  readonly id: KeyId;
  readonly algorithm: string;
  /** The key blob, base64 without line breaks. Unique among an account's keys. */
  readonly blob: string;
  /** `SHA256:` and base64, as OpenSSH prints it. */
  readonly fingerprint: string;
  readonly comment: string;
  readonly addedAt: Instant;
}

/** What an access token opens. */
export const TOKEN_SCOPES = ['upload', 'read'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A personal access token as the ledger keeps it: the secret only as a digest. */
export interface AccessToken {
  readonly id: TokenId;
  readonly account: AccountId;
  readonly scopes: readonly TokenScope[];
  readonly side: Side;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
  /** Roughly; null before the first use. */
  readonly lastUsedAt: Instant | null;
  /** The one upload that it opens, and nothing else; null for a token that a person keeps. */
  readonly upload: FileId | null;
}
