import { accept, type Result, refuse } from '../kit/result.ts';

/** Addresses in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3), such as `192.0.2.0/24`; in small letters. */
export type SourceRange = string;

/** An address as a number, of so many bits. IPv4 written as IPv6 (`::ffff:192.0.2.1`) is IPv4. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

interface Range extends Address {
  readonly prefix: number;
}

/** Where IPv4 stands in IPv6 (RFC 4291 section 2.5.5.2): the upper 96 bits of such an address. */
const MAPPED_IPV4 = 0xffffn;
const MAPPED_PREFIX = 96;

/** Longer than any address. */
const LONGEST_SOURCE = 64;

/** Parses a range, or an address, which is a range of one. Refuses one whose address is not its first. */
export function parseSourceRange(text: string): Result<SourceRange, 'source-range-invalid'> {
  const range = readRange(text);
  if (range === null) {
    return refuse(
      'source-range-invalid',
      `"${text}" is not a range such as 192.0.2.0/24 or 2001:db8::/32, nor an address`,
    );
  }
  const rest = BigInt(range.bits - range.prefix);
  if ((range.value >> rest) << rest !== range.value) {
    return refuse('source-range-invalid', `"${text}" does not start at the first address of its range`);
  }
  return accept(text.toLowerCase());
}

/** Whether an address may be come from: it is in one of the ranges, or there are none. An unreadable one is in none. */
export function allowsSource(ranges: readonly SourceRange[], source: string): boolean {
  if (ranges.length === 0) return true;
  const address = readAddress(source);
  return address !== null && ranges.some((text) => isIn(address, readRange(text)));
}

/** An address in its one spelling: IPv4 written as IPv6 becomes IPv4, and IPv6 has eight groups without an interface. */
export function canonicalSource(source: string): string | null {
  const address = readAddress(source);
  if (address === null) return null;
  const { bits, value } = address;
  const [width, join, base] = bits === 32 ? ([8, '.', 10] as const) : ([16, ':', 16] as const);
  const parts = Array.from({ length: bits / width }, (_, i) =>
    BigInt.asUintN(width, value >> BigInt(bits - (i + 1) * width)).toString(base),
  );
  return parts.join(join);
}

/**
 * What a source is counted as: an IPv4 address, or the first 64 bits of an IPv6 one, all addresses of which one
 * subscriber can use (RFC 6177). What cannot be read is counted as it is written.
 */
export function sourceNetwork(source: string): string {
  const canonical = canonicalSource(source);
  if (canonical === null) return source.slice(0, LONGEST_SOURCE);
  if (!canonical.includes(':')) return canonical;
  return `${canonical.split(':').slice(0, 4).join(':')}::/64`;
}

function isIn(address: Address, range: Range | null): boolean {
  if (range === null || address.bits !== range.bits) return false;
  const rest = BigInt(range.bits - range.prefix);
  return address.value >> rest === range.value >> rest;
}

function readRange(text: string): Range | null {
  const [, written = '', prefixText] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = written.includes(':') ? readIpv6(written) : readIpv4(written);
  if (address === null) return null;
  const bits = written.includes(':') ? 128 : 32;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) return null;
  const isMapped = bits === 128 && prefix >= MAPPED_PREFIX && address >> 32n === MAPPED_IPV4;
  if (isMapped) return { bits: 32, value: address & 0xffffffffn, prefix: prefix - MAPPED_PREFIX };
  return { bits, value: address, prefix };
}

function readAddress(text: string): Address | null {
  const range = readRange(text.replace(/%[^/]*$/, ''));
  return range === null || text.includes('/') ? null : range;
}

function readIpv4(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return null;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function readIpv6(text: string): bigint | null {
  const [head = '', tail, ...more] = text.split('::');
  const left = readGroups(head, tail === undefined);
  const right = readGroups(tail ?? '', true);
  if (left === null || right === null || more.length > 0) return null;
  const zeros = 8 - left.length - right.length;
  if (tail === undefined ? zeros !== 0 : zeros < 1) return null;
  const groups = [...left, ...Array.from({ length: zeros }, () => 0n), ...right];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Groups of 16 bits; the last 32 bits may be written as IPv4 where they end the address. */
function readGroups(text: string, isEnd: boolean): bigint[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const ipv4 = isEnd && last.includes('.') ? readIpv4(last) : null;
  const plain = ipv4 === null ? parts : parts.slice(0, -1);
  if (!plain.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return null;
  const groups = plain.map((part) => BigInt(`0x${part}`));
  return ipv4 === null ? groups : [...groups, ipv4 >> 16n, ipv4 & 0xffffn];
}
