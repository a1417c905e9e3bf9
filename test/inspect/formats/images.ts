import { i32, join, u8, u16, u32 } from './bytes.ts';

/** NIfTI-1 of 4 × 3 × 2 values of 16 bits, with one extension. */
export function nifti1({
  extension = true,
  littleEndian = true,
  values = 24,
  dataType = 4,
  bits = 16,
} = {}): Buffer {
  const header = Buffer.alloc(348);
  const int16 = (value: number, at: number) =>
    littleEndian ? header.writeInt16LE(value, at) : header.writeInt16BE(value, at);
  if (littleEndian) header.writeInt32LE(348, 0);
  else header.writeInt32BE(348, 0);
  for (const [n, size] of [3, 4, 3, 2].entries()) int16(size, 40 + 2 * n);
  int16(dataType, 70);
  int16(bits, 72);
  const at = extension ? 384 : 352;
  if (littleEndian) header.writeFloatLE(at, 108);
  else header.writeFloatBE(at, 108);
  header.write('n+1\0', 344, 'latin1');
  const more = extension ? join(u8(1, 0, 0, 0), i32(32, 6), Buffer.alloc(24, 'c')) : Buffer.alloc(4);
  return join(header, more, Buffer.alloc(values * 2, 9));
}

/** NIfTI-2 of 4 × 3 values of 32 bits. */
export function nifti2(): Buffer {
  const header = Buffer.alloc(540);
  header.writeInt32LE(540, 0);
  header.write('n+2\0\r\n\x1a\n', 4, 'latin1');
  header.writeInt16LE(16, 12);
  header.writeInt16LE(32, 14);
  for (const [n, size] of [2, 4, 3].entries()) header.writeBigInt64LE(BigInt(size), 16 + 8 * n);
  header.writeBigInt64LE(544n, 168);
  return join(header, Buffer.alloc(4), Buffer.alloc(48, 7));
}

const UNDEFINED = 0xffff_ffff;
const even = (text: string): string => (text.length % 2 === 0 ? text : `${text}\0`);

/** An explicit element of little endian with a value, or with a length alone. */
export function element(
  group: number,
  number: number,
  kind: string,
  value: Buffer | string,
  length?: number,
): Buffer {
  const bytes = join(value);
  const size = length ?? bytes.byteLength;
  const isLong = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(kind);
  return join(u16(group, number), kind, isLong ? join(u16(0), u32(size)) : u16(size), bytes);
}

const implicit = (group: number, number: number, value: Buffer, length = value.byteLength): Buffer =>
  join(u16(group, number), u32(length), value);

export const item = (value: Buffer, length = value.byteLength): Buffer =>
  join(u16(0xfffe, 0xe000), u32(length), value);
const ITEM_END = join(u16(0xfffe, 0xe00d), u32(0));
const SEQUENCE_END = join(u16(0xfffe, 0xe0dd), u32(0));

/** A file of a dataset. */
export function dicomFile(syntax: string, dataset: Buffer, preamble: Buffer = Buffer.alloc(128)): Buffer {
  const meta = join(
    element(2, 1, 'OB', u8(0, 1)),
    element(2, 2, 'UI', even('1.2.840.10008.5.1.4.1.1.7')),
    element(2, 0x10, 'UI', even(syntax)),
  );
  return join(preamble, 'DICM', element(2, 0, 'UL', u32(meta.byteLength)), meta, dataset);
}

/** Sequences of known and unknown length inside each other, and plain pixels. */
export function dicomExplicit(): Buffer {
  const inner = element(8, 0x1150, 'UI', '1.2.3\0');
  const nested = join(element(8, 0x1140, 'SQ', join(item(inner), SEQUENCE_END), UNDEFINED));
  return dicomFile(
    '1.2.840.10008.1.2.1',
    join(
      element(8, 0x60, 'CS', 'MR'),
      element(8, 0x1111, 'SQ', join(item(join(nested, ITEM_END), UNDEFINED), SEQUENCE_END), UNDEFINED),
      element(8, 0x1115, 'SQ', join(item(inner), item(inner))),
      element(9, 0x10, 'UN', join(item(join(implicit(9, 1, u8(1, 2)))), SEQUENCE_END), UNDEFINED),
      element(0x10, 0x10, 'PN', 'A^B '),
      element(0x7fe0, 0x10, 'OW', Buffer.alloc(2000, 1)),
    ),
  );
}

export function dicomImplicit(): Buffer {
  const inner = implicit(8, 0x1150, join('1.2.3\0'));
  const sequence = join(item(join(inner, ITEM_END), UNDEFINED), SEQUENCE_END);
  return dicomFile(
    '1.2.840.10008.1.2',
    join(
      implicit(8, 0x60, join('MR')),
      implicit(8, 0x1140, sequence, UNDEFINED),
      implicit(0x7fe0, 0x10, Buffer.alloc(64)),
    ),
  );
}

/** Pixels in fragments, as compressed images have them. */
export function dicomFragments(): Buffer {
  const fragments = join(item(Buffer.alloc(0)), item(Buffer.alloc(300, 0xfe)), SEQUENCE_END);
  return dicomFile(
    '1.2.840.10008.1.2.4.50',
    join(element(8, 0x60, 'CS', 'MR'), element(0x7fe0, 0x10, 'OB', fragments, UNDEFINED)),
  );
}
