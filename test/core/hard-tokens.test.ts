import { describe, expect, test } from 'vitest';
import type { CodeForm, HardToken } from '../../src/core/accounts/hard-tokens/hard-token.ts';
import { matchCode, matchTwoCodes } from '../../src/core/accounts/hard-tokens/match-code.ts';
import { hotpCode } from '../../src/core/accounts/hotp.ts';

/** The secrets of RFC 4226 appendix D and RFC 6238 appendix B (with erratum 2866). */
const KEYS = {
  sha1: Buffer.from('12345678901234567890'),
  sha256: Buffer.from('12345678901234567890123456789012'),
  sha512: Buffer.from('1234567890123456789012345678901234567890123456789012345678901234'),
};

const CODES = [
  '755224',
  '287082',
  '359152',
  '969429',
  '338314',
  '254676',
  '287922',
  '162583',
  '399871',
  '520489',
];

const FORM: CodeForm = { kind: 'hotp', hash: 'sha1', digits: 6, period: 0 };

type Matched = Parameters<typeof matchCode>[0];

const token = (changed: Partial<HardToken> = {}): Matched => ({
  ...FORM,
  usedUpTo: -1,
  drift: 0,
  ...changed,
});

const clock = (changed: Partial<HardToken> = {}): Matched =>
  token({ kind: 'totp', period: 60_000, ...changed });

const codeAt = (step: number) => hotpCode(KEYS.sha1, step, 6, 'sha1');

test('the codes of a counter are those of RFC 4226 appendix D', () => {
  expect(CODES.map((_, counter) => hotpCode(KEYS.sha1, counter, 6, 'sha1'))).toEqual(CODES);
});

describe('the codes of a time are those of RFC 6238 appendix B', () => {
  test.each([
    [59, '94287082', '46119246', '90693936'],
    [1_111_111_109, '07081804', '68084774', '25091201'],
    [1_111_111_111, '14050471', '67062674', '99943326'],
    [1_234_567_890, '89005924', '91819424', '93441116'],
    [2_000_000_000, '69279037', '90698825', '38618901'],
    [20_000_000_000, '65353130', '77737706', '47863826'],
  ])('at %i s', (seconds, sha1, sha256, sha512) => {
    for (const [hash, code] of Object.entries({ sha1, sha256, sha512 }) as [keyof typeof KEYS, string][]) {
      const form = clock({ hash, digits: 8, period: 30_000 });
      const position = Math.floor(seconds / 30);
      expect(matchCode(form, KEYS[hash], code, seconds * 1000)).toEqual({ position, drift: 0 });
    }
  });
});

describe('a token that counts', () => {
  test('is found up to ten codes ahead, never behind, and never at a code that was used', () => {
    const used = token({ usedUpTo: 3 });
    const found = (counter: number) => matchCode(used, KEYS.sha1, codeAt(counter), 0)?.position ?? null;
    expect([0, 3, 4, 9, 14, 15].map(found)).toEqual([null, null, 4, 9, 14, null]);
  });

  test('is found again by two codes in a row, however often its button was pressed', () => {
    const again = (first: number, second: number) =>
      matchTwoCodes(token(), KEYS.sha1, [codeAt(first), codeAt(second)], 0)?.position ?? null;
    expect(again(500, 501)).toBe(501);
    expect(again(501, 500)).toBeNull();
    expect(again(500, 502)).toBeNull();
    expect(again(2000, 2001)).toBeNull();
  });

  test.each(['', '75522', '7552240', '75522a', '+75522', '７５５２２４'])(
    'takes no code like "%s"',
    (code) => {
      expect(matchCode(token(), KEYS.sha1, code, 0)).toBeNull();
    },
  );

  test('takes a code with the space that people read it with', () => {
    expect(matchCode(token(), KEYS.sha1, '755 224', 0)).toEqual({ position: 0, drift: 0 });
  });
});

describe('a token with a clock', () => {
  const now = 1000 * 60_000 + 30_000;

  test('is taken one step to either side, from where its clock was last', () => {
    const steps = (one: Matched) =>
      [996, 997, 998, 999, 1000, 1001, 1002].filter((step) => matchCode(one, KEYS.sha1, codeAt(step), now));
    expect(steps(clock())).toEqual([999, 1000, 1001]);
    expect(steps(clock({ drift: -3 }))).toEqual([996, 997, 998]);
    expect(steps(clock({ usedUpTo: 1000 }))).toEqual([1001]);
  });

  test('has its drift noted with each code, and is found again when it is two hours off', () => {
    expect(matchCode(clock(), KEYS.sha1, codeAt(999), now)).toEqual({ position: 999, drift: -1 });
    expect(matchTwoCodes(clock(), KEYS.sha1, [codeAt(890), codeAt(891)], now)).toEqual({
      position: 891,
      drift: -109,
    });
    expect(matchTwoCodes(clock(), KEYS.sha1, [codeAt(860), codeAt(861)], now)).toBeNull();
  });
});
