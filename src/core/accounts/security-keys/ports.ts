import type { AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import type { Sha256 } from '../../kit/digest.ts';
import type { AccountId, SecurityKeyId, SessionId } from '../../kit/ids.ts';
import type { Side } from '../account.ts';
import type { PortalWays } from '../ways-in.ts';
import type {
  KeyAssertion,
  KeyChallenge,
  KeyRegistration,
  RelyingParty,
  SecurityKey,
} from './security-key.ts';

/** Security keys and the challenges to them in the ledger. */
export interface SecurityKeysLedger {
  /**
   * Keeps a challenge. What is over is forgotten, and the oldest of the same source beyond `most`, so that asking again
   * and again fills nothing. Not audited: nothing has changed for anybody.
   */
  keepChallenge(challenge: KeyChallenge, now: Instant, most: number): Promise<void>;
  /** The challenge of a digest, if its time is not over; it stays. */
  findChallenge(digest: Sha256, now: Instant): Promise<KeyChallenge | null>;
  /** Takes a challenge away. Null when it was taken before, or its time is over: one caller gets it, of all processes. */
  takeChallenge(digest: Sha256, now: Instant): Promise<KeyChallenge | null>;
  /**
   * Anything but `added` means that nothing was changed: somebody, or the person, has that key already (`taken`); the
   * browser that it was made in was signed out meanwhile. Where `isEnough` says so, the activation that goes on in that
   * browser is at its end, and what was mailed for it.
   */
  addSecurityKey(
    key: SecurityKey,
    audit: readonly AuditRecord[],
    madeIn?: { readonly session: SessionId; readonly isEnough: boolean },
  ): Promise<'added' | 'taken' | 'session-over'>;
  /** The keys of a person, oldest first. */
  securityKeysOf(account: AccountId): Promise<readonly SecurityKey[]>;
  securityKeyByCredential(side: Side, rpId: string, credentialId: string): Promise<SecurityKey | null>;
  /**
   * Notes that a key was used, by compare-and-set on its counter: false when another use came first, or the key is gone.
   * As with codes, that somebody came in by it is audited with the sign-in.
   */
  useSecurityKey(
    id: SecurityKeyId,
    counter: { readonly from: number; readonly to: number },
    at: Instant,
  ): Promise<boolean>;
  /**
   * Removes a key of a person, and ends the sessions of their browsers, but for `keepSession`, and their emergency code.
   * Anything but `removed` means that nothing was written: they have none such, or could not sign in any more without it
   * where `leaveWayIn` says; null asks for nothing.
   */
  removeSecurityKey(
    account: AccountId,
    id: SecurityKeyId,
    keepSession: SessionId | null,
    leaveWayIn: PortalWays | null,
    audit: AuditRecord,
  ): Promise<'removed' | 'absent' | 'no-way-in'>;
}

/** What an answer to a challenge has to fit. */
export interface ExpectedAnswer {
  readonly challenge: string;
  readonly at: RelyingParty;
}

/** What a right answer says. */
export interface AnsweredChallenge {
  readonly counter: number;
  /** The key has verified who holds it (UV). */
  readonly userVerified: boolean;
}

/** What a new key is. */
interface NewCredential extends AnsweredChallenge {
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
}

/**
 * The work with formats and signatures of WebAuthn, done by a door's adapter. It compares type, challenge, origin,
 * RP ID hash, user presence and signature, and nothing else: counters, user verification and whose key it is are the
 * caller's to look at.
 */
export interface KeyVerifier {
  /** WebAuthn Level 3 section 7.2, steps 9 to 22. Null for whatever is wrong; never rejects for what a browser sent. */
  checkAssertion(
    answer: KeyAssertion,
    expected: ExpectedAnswer,
    key: Pick<SecurityKey, 'credentialId' | 'publicKey'>,
  ): Promise<AnsweredChallenge | null>;
  /** WebAuthn Level 3 section 7.1, steps 6 to 24; what made the key is not asked for (attestation `none`). */
  checkRegistration(answer: KeyRegistration, expected: ExpectedAnswer): Promise<NewCredential | null>;
}
