import { totpCode, totpStep } from '../../src/core/accounts/totp.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The key in an otpauth URI. */
function keyIn(uri: string): Buffer {
  const secret = new URL(uri.trim()).searchParams.get('secret') ?? '';
  const bits = Array.from(secret, (letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** What an authenticator app shows at `now` that was given the URI. */
export function codeAt(uri: string, now: number): string {
  return totpCode(keyIn(uri), totpStep(now));
}
