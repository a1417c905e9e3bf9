import { lookup3 } from '../../../src/inspect/formats/lookup3.ts';
import { join, u8, u16, u32, u64 } from './bytes.ts';

/** The two kinds of object header that a root group may have. */
const NEWER_OBJECT = join('OHDR', u8(2, 0, 0, 0));
const OLDER_OBJECT = join(u8(1, 0), u16(1), u32(1));

const NOWHERE = Buffer.alloc(8, 0xff);

/** HDF5 with a superblock of version 0 or 1. */
export function hdf5Older(version: 0 | 1 = 0): Buffer {
  const fixed = join('\x89HDF\r\n\x1a\n', u8(version, 0, 0, 0, 0, 8, 8, 0), u16(4, 16), u32(0));
  const more = version === 1 ? u16(32, 0) : Buffer.alloc(0);
  const size = fixed.byteLength + more.byteLength + 72;
  const end = size + OLDER_OBJECT.byteLength + 3000;
  const addresses = join(u64(0), NOWHERE, u64(end), NOWHERE, u64(0, size), u32(0, 0), Buffer.alloc(16));
  return join(fixed, more, addresses, OLDER_OBJECT, Buffer.alloc(3000, 5));
}

/** HDF5 with a superblock of version 2 or 3; `said` is where it says that it ends. */
export function hdf5Newer(version: 2 | 3 = 3, { said = 0, flags = 0, base = 0 } = {}): Buffer {
  const end = 48 + NEWER_OBJECT.byteLength + 3000 + said;
  const block = join('\x89HDF\r\n\x1a\n', u8(version, 8, 8, flags), u64(base), NOWHERE, u64(end, 48));
  return join(block, u32(lookup3(block)), NEWER_OBJECT, Buffer.alloc(3000, 5));
}

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
const zigzag = (value: number): number[] => varint(value < 0 ? -2 * value - 1 : 2 * value);

type Field = readonly [field: number, type: number, value: Buffer];

const integer = (field: number, value: number, type = 6): Field => [field, type, u8(...zigzag(value))];
const text = (field: number, value: string): Field => [field, 8, join(u8(...varint(value.length)), value)];

function struct(...fields: readonly Field[]): Buffer {
  let last = 0;
  const written = fields.map(([field, type, value]) => {
    const head = u8(((field - last) << 4) | type);
    last = field;
    return join(head, value);
  });
  return join(...written, u8(0));
}

const structs = (...values: readonly Buffer[]): Buffer => join(u8((values.length << 4) | 12), ...values);

/** What a file of Parquet is made with; what is left out is right. */
interface ParquetChoices {
  readonly offset?: number;
  readonly length?: number;
  readonly rows?: number;
  readonly path?: string;
  readonly footer?: (right: Buffer) => Buffer;
}

/** Parquet of one column chunk with 2,000 bytes. */
export function parquet({
  offset = 4,
  length = 2000,
  rows = 7,
  path,
  footer = (right) => right,
}: ParquetChoices = {}): Buffer {
  const column = struct(
    integer(1, 1, 5),
    [2, 9, join(u8(0x15), u8(0))],
    [3, 9, join(u8(0x18), u8(1), 'a')],
    integer(4, 0, 5),
    integer(5, 7),
    integer(6, length),
    integer(7, length),
    integer(9, offset),
  );
  const described: Field[] = [integer(2, 0), [3, 12, column]];
  const chunk = struct(...(path === undefined ? [] : [text(1, path)]), ...described);
  const group = struct([1, 9, structs(chunk)], integer(2, length), integer(3, 7));
  const schema = structs(struct(text(4, 'root'), integer(5, 1, 5)), struct(integer(1, 1, 5), text(4, 'a')));
  const right = struct(
    integer(1, 2, 5),
    [2, 9, schema],
    integer(3, rows),
    [4, 9, structs(group)],
    text(6, 'a test'),
  );
  const metadata = footer(right);
  return join('PAR1', Buffer.alloc(2000, 3), metadata, u32(metadata.byteLength), 'PAR1');
}
