import { timingSafeEqual } from 'node:crypto';
import type { Instant } from '../kit/clock.ts';
import { hotpCode } from './hotp.ts';

const STEP_MS = 30_000;
const DIGITS = 6;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** How many steps a clock may be off, either way (RFC 6238 section 5.2). */
const DRIFT = 1;

/** The time step of an instant: RFC 6238 section 4.2 with T0 = 0 and X = 30 s. */
export function totpStep(at: Instant): number {
  return Math.floor(at / STEP_MS);
}

/** The code of a step: HOTP with SHA-1 and six digits (RFC 4226 section 5.3). */
export function totpCode(key: Uint8Array, step: number): string {
  return hotpCode(key, step, DIGITS, 'sha1');
}

/** The step whose code this is, looking one step either side of now; null when it is none of them. */
export function matchTotp(key: Uint8Array, code: string, now: Instant): number | null {
  const given = Buffer.from(code.replaceAll(' ', ''));
  if (given.length !== DIGITS) return null;
  const current = totpStep(now);
  for (let step = current - DRIFT; step <= current + DRIFT; step++) {
    if (timingSafeEqual(given, Buffer.from(totpCode(key, step)))) return step;
  }
  return null;
}

/** The URI that authenticator apps read, from which they make the same codes. It holds the secret. */
export function otpauthUri(key: Uint8Array, issuer: string, accountName: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(accountName)}`;
  return `otpauth://totp/${label}?secret=${base32(key)}&issuer=${encodeURIComponent(issuer)}`;
}

/** RFC 4648 section 6, without padding. */
export function base32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}
