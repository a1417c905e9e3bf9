import { timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../kit/clock.ts';
import { hotpCode } from '../hotp.ts';
import type { HardToken } from './hard-token.ts';

/** Where a code stands: its counter or time step, and how far the token's clock is ahead by it. */
export interface CodePlace {
  readonly position: number;
  readonly drift: number;
}

/** How far a code is looked for: ahead of the last one for HOTP, to either side of now for TOTP. */
interface Window {
  readonly ahead: number;
  readonly around: number;
}

/**
 * At a sign-in. Ten presses in a pocket are forgiven (RFC 4226 section 7.4, look-ahead); of the time one step to either
 * side (RFC 6238 section 5.2), from where the token's clock was last.
 */
const USUAL: Window = { ahead: 10, around: 1 };

/** When two codes in a row are given to find a token again (RFC 4226 section 7.4, RFC 6238 section 6). */
const WIDE: Window = { ahead: 1000, around: 120 };

type Matched = Pick<HardToken, 'kind' | 'hash' | 'digits' | 'period' | 'usedUpTo' | 'drift'>;

/** The place of a code that was not used yet; null when it has none. */
export function matchCode(token: Matched, key: Uint8Array, code: string, now: Instant): CodePlace | null {
  return findFrom(token, key, code, now, USUAL)[0] ?? null;
}

/**
 * The place of the second of two codes that follow each other, looked for far and wide. Null when they are not of this
 * token, do not follow each other, or were used.
 */
export function matchTwoCodes(
  token: Matched,
  key: Uint8Array,
  [first, second]: readonly [string, string],
  now: Instant,
): CodePlace | null {
  const given = readCode(token, second);
  if (given === null) return null;
  for (const { position, drift } of findFrom(token, key, first, now, WIDE)) {
    if (!isCode(token, key, position + 1, given)) continue;
    return { position: position + 1, drift: token.kind === 'totp' ? drift + 1 : 0 };
  }
  return null;
}

function findFrom(
  token: Matched,
  key: Uint8Array,
  code: string,
  now: Instant,
  window: Window,
): readonly CodePlace[] {
  const given = readCode(token, code);
  if (given === null) return [];
  const places: CodePlace[] = [];
  const { first, last, current } = bounds(token, now, window);
  for (let position = first; position <= last; position++) {
    if (!isCode(token, key, position, given)) continue;
    places.push({ position, drift: token.kind === 'totp' ? position - current : 0 });
  }
  return places;
}

function bounds(
  { kind, period, usedUpTo, drift }: Matched,
  now: Instant,
  { ahead, around }: Window,
): { readonly first: number; readonly last: number; readonly current: number } {
  if (kind === 'hotp') return { first: usedUpTo + 1, last: usedUpTo + 1 + ahead, current: 0 };
  const current = Math.floor(now / period);
  const middle = current + drift;
  return { first: Math.max(usedUpTo + 1, middle - around, 0), last: middle + around, current };
}

function readCode({ digits }: Matched, code: string): Buffer | null {
  const given = code.replaceAll(/\s/g, '');
  return given.length === digits && /^\d+$/.test(given) ? Buffer.from(given) : null;
}

function isCode({ digits, hash }: Matched, key: Uint8Array, position: number, given: Buffer): boolean {
  return timingSafeEqual(given, Buffer.from(hotpCode(key, position, digits, hash)));
}
