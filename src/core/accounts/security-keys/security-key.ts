import type { Instant, Millis } from '../../kit/clock.ts';
import { MINUTE } from '../../kit/clock.ts';
import { type Sha256, sha256 } from '../../kit/digest.ts';
import type { AccountId, SecurityKeyId, SessionId } from '../../kit/ids.ts';
import type { Side } from '../account.ts';

/**
 * Who a browser's security keys are made for and used at: a relying party of WebAuthn Level 3 (section 4). A key opens
 * nothing elsewhere, so a page that only looks like ours gets nothing from it.
 */
export interface RelyingParty {
  /** The RP ID: the host of the portal's address. */
  readonly id: string;
  /** What a browser calls the portal's address: scheme, host and port. */
  readonly origin: string;
}

/**
 * A security key of a person: a public key credential of WebAuthn. The private key never leaves what made it. It is
 * taken in the place of a token, or alone, as a passkey, when it says that it has verified who holds it.
 */
export interface SecurityKey {
  readonly id: SecurityKeyId;
  readonly account: AccountId;
  /** It opens doors of the side that it was added at, and no others. */
  readonly side: Side;
  readonly rpId: string;
  /** The credential ID, base64url. Unique at a relying party. */
  readonly credentialId: string;
  /** The public key as COSE_Key (RFC 9052 section 7). */
  readonly publicKey: Uint8Array;
  /** The signature counter (WebAuthn section 6.1.1) that it showed last; 0 for a key that has none. */
  readonly counter: number;
  /** How browsers may reach it (WebAuthn section 5.8.4), as they said when it was added. */
  readonly transports: readonly string[];
  /** What its owner calls it. */
  readonly name: string;
  /** Whether it verified who holds it when it was added, by a PIN or a finger: what it needs to be used alone. */
  readonly verifiesUser: boolean;
  readonly addedAt: Instant;
  readonly lastUsedAt: Instant | null;
}

/**
 * What a challenge is for. An answer to one of another purpose is refused: one for `security-key` says that a password
 * was right, `step-up` is asked for by whoever is signed in, `password-reset` by whoever has shown a mailed link.
 */
export type ChallengePurpose = 'passkey' | 'security-key' | 'step-up' | 'password-reset' | 'register';

/**
 * A challenge that was sent to a browser (WebAuthn section 13.4.3), as the ledger keeps it until it is answered, once,
 * or its time is over.
 */
export interface KeyChallenge {
  readonly digest: Sha256;
  readonly purpose: ChallengePurpose;
  readonly side: Side;
  readonly rpId: string;
  readonly origin: string;
  /** Whose key is asked for: who has given a password, or is signed in. Null: whoever's. */
  readonly account: AccountId | null;
  /** The session that a key is added in; null for other purposes. */
  readonly session: SessionId | null;
  /** The network that asked. */
  readonly source: string;
  readonly until: Instant;
}

/** How long people have to find their key and touch it: the least that WebAuthn section 15.1 recommends. */
export const CHALLENGE_LIFE: Millis = 5 * MINUTE;

/** An answer to a challenge by a key (WebAuthn section 5.2.2), as a browser hands it over; base64url throughout. */
export interface KeyAssertion {
  readonly credentialId: string;
  /** The challenge that it says it answers. */
  readonly challenge: string;
  /** Whom it takes its owner for; null where a key does not say. */
  readonly userHandle: string | null;
  readonly clientData: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

/** A new key, as a browser hands it over (WebAuthn section 5.2.1); base64url. */
export interface KeyRegistration {
  readonly credentialId: string;
  readonly challenge: string;
  readonly clientData: string;
  readonly attestation: string;
  readonly transports: readonly string[];
}

/**
 * What keys keep as their owner's user handle (WebAuthn section 14.6.1): it says nothing, and differs by side, since
 * a key that is asked at both sides of one host would else replace the one of the other side.
 */
export function userHandleOf(account: AccountId, side: Side): string {
  return Buffer.from(sha256(`${account} ${side}`), 'hex').toString('base64url');
}
