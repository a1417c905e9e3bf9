import { type Cursor, pass, type Steps, take, takeUnlessEnd } from './byte-steps.ts';
import { FormatFault } from './format-parser.ts';

/** How the elements of a dataset are written (PS3.5, section 7.1). */
export interface Encoding {
  readonly isExplicit: boolean;
  readonly isLittle: boolean;
}

/** Where a dataset ends: with the file, at a byte, or at its delimiter. */
interface Extent {
  readonly end: 'file' | 'delimiter' | number;
  /** Only tags above this one may stand in it. */
  readonly above: number;
  readonly depth: number;
}

/** The head of one element. */
interface Element {
  readonly tag: number;
  /** Null in implicit datasets, which do not say it. */
  readonly kind: string | null;
  readonly length: number;
}

const ITEM = 0xfffe_e000;
const ITEM_END = 0xfffe_e00d;
const SEQUENCE_END = 0xfffe_e0dd;
const PIXEL_DATA = 0x7fe0_0010;
const UNDEFINED = 0xffff_ffff;
const DEEPEST = 16;

/** Value representations with a length of 16 bits, and of 32 (PS3.5, section 7.1.2). */
const SHORT = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));
const LONG = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));

/** A value of unknown kind and length is a sequence in this encoding (PS3.5, section 6.2.2). */
const UNKNOWN_ENCODING: Encoding = { isExplicit: false, isLittle: true };

/**
 * Walks the elements of a dataset, whose tags ascend, and of the sequences in it. Values of a known length go by unseen.
 * Throws a `FormatFault`.
 */
export function* walkDataset(cursor: Cursor, encoding: Encoding, { end, above, depth }: Extent): Steps {
  if (depth > DEEPEST) throw new FormatFault('its sequences are nested too deeply');
  let last = above;
  while (cursor.at !== end) {
    const head = end === 'file' ? yield* takeUnlessEnd(8) : yield* take(8);
    if (head === null) return;
    const tag = tagOf(head, encoding);
    if (end === 'delimiter' && tag === ITEM_END && uint32(head, 4, encoding) === 0) return;
    if (tag <= last || tag >= ITEM)
      throw new FormatFault(`element ${showTag(tag)} does not follow ${showTag(last)}`);
    last = tag;
    const element = yield* elementOf(head, tag, encoding);
    const limit = typeof end === 'number' ? end : null;
    yield* walkValue(cursor, encoding, element, { limit, depth });
  }
}

function* elementOf(head: Buffer, tag: number, encoding: Encoding): Steps<Element> {
  if (!encoding.isExplicit) return { tag, kind: null, length: uint32(head, 4, encoding) };
  const kind = head.toString('latin1', 4, 6);
  if (SHORT.has(kind)) return { tag, kind, length: uint16(head, 6, encoding) };
  if (!LONG.has(kind)) throw new FormatFault(`element ${showTag(tag)} has an unknown kind of value`);
  if (head.readUInt16LE(6) !== 0) throw new FormatFault(`element ${showTag(tag)} uses reserved bytes`);
  return { tag, kind, length: uint32(yield* take(4), 0, encoding) };
}

interface Place {
  /** The byte that the value may not pass; null when only the file ends it. */
  readonly limit: number | null;
  readonly depth: number;
}

function* walkValue(cursor: Cursor, encoding: Encoding, element: Element, place: Place): Steps {
  const { tag, kind, length } = element;
  if (length === UNDEFINED) {
    if (tag === PIXEL_DATA && kind !== null) return yield* fragments();
    if (kind !== null && kind !== 'SQ' && kind !== 'UN')
      throw new FormatFault(`element ${showTag(tag)} has no length`);
    return yield* sequence(cursor, kind === 'UN' ? UNKNOWN_ENCODING : encoding, null, place);
  }
  if (length % 2 === 1) throw new FormatFault(`element ${showTag(tag)} has an odd length`);
  const end = cursor.at + length;
  if (place.limit !== null && end > place.limit)
    throw new FormatFault(`element ${showTag(tag)} is longer than what it stands in`);
  if (kind === 'SQ') yield* sequence(cursor, encoding, end, place);
  else yield* pass(length);
}

/** Items up to `end`, or up to the delimiter when it is null. */
function* sequence(cursor: Cursor, encoding: Encoding, end: number | null, { limit, depth }: Place): Steps {
  const bound = end ?? limit;
  while (cursor.at !== end) {
    const head = yield* take(8);
    const tag = tagOf(head, encoding);
    const length = uint32(head, 4, encoding);
    if (end === null && tag === SEQUENCE_END && length === 0) break;
    if (tag !== ITEM) throw new FormatFault(`there is ${showTag(tag)} where an item of a sequence should be`);
    const itemEnd = length === UNDEFINED ? 'delimiter' : cursor.at + length;
    if (bound !== null && typeof itemEnd === 'number' && itemEnd > bound)
      throw new FormatFault('an item is longer than its sequence');
    yield* walkDataset(cursor, encoding, { end: itemEnd, above: -1, depth: depth + 1 });
    if (bound !== null && cursor.at > bound) throw new FormatFault('an item is longer than its sequence');
  }
}

/** Compressed pixel data: items of bytes up to the delimiter (PS3.5, section A.4), always little endian. */
function* fragments(): Steps {
  for (;;) {
    const head = yield* take(8);
    const tag = tagOf(head, { isLittle: true });
    const length = head.readUInt32LE(4);
    if (tag === SEQUENCE_END && length === 0) return;
    if (tag !== ITEM || length === UNDEFINED || length % 2 === 1)
      throw new FormatFault('its pixel data is not made of fragments');
    yield* pass(length);
  }
}

function tagOf(bytes: Buffer, { isLittle }: Pick<Encoding, 'isLittle'>): number {
  return isLittle ? bytes.readUInt16LE(0) * 0x1_0000 + bytes.readUInt16LE(2) : bytes.readUInt32BE(0);
}

function uint16(bytes: Buffer, at: number, { isLittle }: Encoding): number {
  return isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
}

function uint32(bytes: Buffer, at: number, { isLittle }: Encoding): number {
  return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

function showTag(tag: number): string {
  const digits = Math.max(tag, 0).toString(16).padStart(8, '0');
  return `(${digits.slice(0, 4)},${digits.slice(4)})`;
}
