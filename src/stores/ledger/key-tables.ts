import type { Side } from '../../core/accounts/account.ts';
import type { HardToken } from '../../core/accounts/hard-tokens/hard-token.ts';
import type { ChallengePurpose } from '../../core/accounts/security-keys/security-key.ts';
import type { Instant, Millis } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import type { AccountId, HardTokenId, SecurityKeyId, SessionId } from '../../core/kit/ids.ts';

/** One row of `security_keys`. */
export interface SecurityKeysTable {
  id: SecurityKeyId;
  account: AccountId;
  side: Side;
  rp_id: string;
  credential_id: string;
  public_key: Uint8Array;
  counter: number;
  /** A list with commas. */
  transports: string;
  name: string;
  verifies_user: 0 | 1;
  added_at: Instant;
  last_used_at: Instant | null;
}

/** One row of `key_challenges`. */
export interface KeyChallengesTable {
  digest: Sha256;
  purpose: ChallengePurpose;
  side: Side;
  rp_id: string;
  origin: string;
  account: AccountId | null;
  session: SessionId | null;
  source: string;
  until: Instant;
}

/** One row of `hard_tokens`. */
export interface HardTokensTable {
  id: HardTokenId;
  serial: string;
  manufacturer: string;
  kind: HardToken['kind'];
  hash: HardToken['hash'];
  digits: number;
  period: Millis;
  sealed: Uint8Array;
  account: AccountId | null;
  used_up_to: number;
  drift: number;
  starts_at: Instant | null;
  expires_at: Instant | null;
  imported_at: Instant;
  assigned_at: Instant | null;
  last_used_at: Instant | null;
  lost_at: Instant | null;
}
