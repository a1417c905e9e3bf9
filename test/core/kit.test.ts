import { describe, expect, test } from 'vitest';
import { formatBytes } from '../../src/core/kit/bytes.ts';
import { canonicalJson } from '../../src/core/kit/canonical-json.ts';
import { newId, parseId } from '../../src/core/kit/ids.ts';

describe('canonical JSON', () => {
  test('prints the example of RFC 8785 section 3.2.2 as the RFC does', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('sorts members by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    const numbers = [...canonicalJson(value).matchAll(/:(\d)/g)].map((match) => match[1]);
    expect(numbers.join('')).toBe('2467153');
  });

  test('refuses what has no JSON form', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow('not finite');
    expect(() => canonicalJson({ a: 'x\ud800' })).toThrow('lone surrogate');
  });
});

describe('an id', () => {
  test('is recognised by its prefix only', () => {
    const id = newId('file', 1_700_000_000_000);
    expect(parseId('file', id)).toBe(id);
    expect(parseId('acct', id)).toBeNull();
    expect(parseId('file', `${id}x`)).toBeNull();
    expect(parseId('file', `../${id}`)).toBeNull();
  });

  test('sorts by the time it was made', () => {
    const times = [0, 1, 1_700_000_000_000, 1_700_000_000_001, 4_000_000_000_000];
    const ids = times.map((time) => newId('file', time));
    expect([...ids].sort()).toEqual(ids);
  });

  test('holds a version 7 UUID with its time', () => {
    const id = newId('file', 0x0123456789ab);
    const digits = '0123456789abcdefghjkmnpqrstvwxyz';
    let value = 0n;
    for (const digit of id.slice(5)) value = value * 32n + BigInt(digits.indexOf(digit));
    const hex = value.toString(16).padStart(32, '0');
    expect(hex.slice(0, 13)).toBe('0123456789ab7');
    expect('89ab').toContain(hex[16]);
  });
});

test('sizes for people are in binary units', () => {
  expect([0, 1023, 1024, 1536, 1024 ** 3, 5 * 1024 ** 4].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '1.0 GiB',
    '5.0 TiB',
  ]);
});
