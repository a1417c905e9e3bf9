import { describe, expect, test } from 'vitest';
import { matchTotp, otpauthUri, totpCode, totpStep } from '../../src/core/accounts/totp.ts';

const KEY = Buffer.from('12345678901234567890');

describe('a TOTP code', () => {
  test.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('at %i s is the one of RFC 6238 appendix B: %s', (seconds, code) => {
    expect(totpCode(KEY, totpStep(seconds * 1000))).toBe(code);
  });

  test('is found one step either side of now, and no further', () => {
    const now = 1_111_111_109_000;
    const step = totpStep(now);
    const found = [-2, -1, 0, 1, 2].map((offset) => matchTotp(KEY, totpCode(KEY, step + offset), now));
    expect(found).toEqual([null, step - 1, step, step + 1, null]);
  });

  test('may be typed with a space in the middle, and has to have six digits', () => {
    expect(matchTotp(KEY, '287 082', 59_000)).toBe(1);
    expect(matchTotp(KEY, '94287082', 59_000)).toBeNull();
    expect(matchTotp(KEY, '', 59_000)).toBeNull();
  });
});

test('the URI of a soft token holds the key in base32, as RFC 4648 section 6 has it', () => {
  expect(otpauthUri(Buffer.from('foobar'), 'Haven gate', 'alice')).toBe(
    'otpauth://totp/Haven%20gate:alice?secret=MZXW6YTBOI&issuer=Haven%20gate',
  );
});
