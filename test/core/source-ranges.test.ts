import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowsSource, canonicalSource, parseSourceRange } from '../../src/core/accounts/source-ranges.ts';

describe('a range of source addresses', () => {
  test.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.0/24', '::ffff:192.0.2.7', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.9', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['2001:DB8::1', '2001:db8:0:0:0:0:0:1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ])('%s and %s: %s', (range, source, expected) => {
    const parsed = parseSourceRange(range);
    expect(parsed.ok && allowsSource([parsed.value], source)).toBe(expected);
  });

  test.each([
    '',
    'anywhere',
    '192.0.2/24',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2.256',
    '192.0.02.0',
    '192.0.2.1/24',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    '12345::',
    '1.2.3.4::',
    '2001:db8::1/64',
    '::/129',
    ':1::',
  ])('cannot be "%s"', (text) => {
    expect(parseSourceRange(text)).toMatchObject({ ok: false, refusal: 'source-range-invalid' });
  });

  test('none allows everything, even what cannot be read; one allows only what can', () => {
    expect(allowsSource([], 'unknown')).toBe(true);
    expect(allowsSource(['0.0.0.0/0', '::/0'], 'unknown')).toBe(false);
    expect(allowsSource(['0.0.0.0/0'], '192.0.2.0/24')).toBe(false);
  });

  test('holds what Node holds in it', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, address, fc.nat(128), (first, other, length) => {
        const bits = isIP(first) === 4 ? 32 : 128;
        const prefix = Math.min(length, bits);
        const list = new BlockList();
        list.addSubnet(first, prefix, bits === 32 ? 'ipv4' : 'ipv6');
        for (const source of [first, other]) {
          if (isIP(source) !== isIP(first)) continue;
          const family = isIP(source) === 4 ? 'ipv4' : 'ipv6';
          expect(allowsSource([`${first}/${prefix}`], source)).toBe(list.check(source, family));
        }
      }),
    );
  });
});

test('an address has one spelling when it is compared', () => {
  expect(canonicalSource('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(canonicalSource('2001:DB8::1%eth0')).toBe('2001:db8:0:0:0:0:0:1');
  expect(canonicalSource('unknown')).toBeNull();
});
