import type { Instant, Millis } from '../../kit/clock.ts';
import type { AccountId, HardTokenId } from '../../kit/ids.ts';
import type { OtpHash } from '../hotp.ts';

/** How a hard token makes its codes. */
export interface CodeForm {
  /** By a counter (HOTP, RFC 4226) or by the time (TOTP, RFC 6238). */
  readonly kind: 'hotp' | 'totp';
  readonly hash: OtpHash;
  /** 6 to 8. */
  readonly digits: number;
  /** The time step of TOTP; 0 for HOTP. */
  readonly period: Millis;
}

/** A device that shows codes, whose seed the site has from its maker. */
export interface HardToken extends CodeForm {
  readonly id: HardTokenId;
  /** What is printed on it. Unique. */
  readonly serial: string;
  readonly manufacturer: string;
  /** The seed, sealed by the secret box under the token's id. */
  readonly sealed: Uint8Array;
  /** Whose it is; null for one that lies in a drawer. */
  readonly account: AccountId | null;
  /** The greatest counter or time step that was used, or skipped; -1 before the first. */
  readonly usedUpTo: number;
  /** How many time steps its clock is ahead of ours, as it was seen last. */
  readonly drift: number;
  /** From when to when its maker lets it be used; null for always. */
  readonly startsAt: Instant | null;
  readonly expiresAt: Instant | null;
  readonly importedAt: Instant;
  readonly assignedAt: Instant | null;
  readonly lastUsedAt: Instant | null;
  /** When it was said to be lost. It opens nothing from then on, for nobody. */
  readonly lostAt: Instant | null;
}

/** A seed as its maker delivers it. */
export interface Seed extends CodeForm {
  readonly serial: string;
  readonly manufacturer: string;
  readonly secret: Uint8Array;
  /** The next counter of HOTP. */
  readonly counter: number;
  /** In time steps. */
  readonly drift: number;
  readonly startsAt: Instant | null;
  readonly expiresAt: Instant | null;
}
