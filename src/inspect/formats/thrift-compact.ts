import { FormatFault } from './format-parser.ts';

/** The types of the compact protocol (thrift-compact-protocol.md). */
export const THRIFT = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

const DEEPEST = 32;

/** Reads values of Thrift's compact protocol, one after the other. Everything throws a `FormatFault`. */
export interface ThriftReader {
  /** A number of up to 64 bits. */
  integer(): number;
  /** The fields of a struct: `read` is told each; what it does not read (false) is skipped. */
  struct(read: (field: number, type: number) => boolean): void;
  /** A list of structs; `read` reads one of them. Returns how many there were. */
  structs(read: () => void): number;
  /** How many bytes are left. */
  left(): number;
}

/** A reader of all of `bytes`. */
export function createThriftReader(bytes: Buffer): ThriftReader {
  let at = 0;
  let depth = 0;

  function byte(): number {
    const value = bytes[at++];
    if (value === undefined) throw new FormatFault('its footer ends too early');
    return value;
  }

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const part = byte();
      value |= BigInt(part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
    throw new FormatFault('a number in its footer has no end');
  }

  function integer(): number {
    const value = varint();
    const number = Number(value % 2n === 0n ? value / 2n : -(value + 1n) / 2n);
    if (!Number.isSafeInteger(number)) throw new FormatFault('a number in its footer is not plausible');
    return number;
  }

  function advance(length: number): void {
    if (length > bytes.byteLength - at) throw new FormatFault('its footer ends too early');
    at += length;
  }

  function struct(read: (field: number, type: number) => boolean): void {
    if (++depth > DEEPEST) throw new FormatFault('its footer is nested too deeply');
    let field = 0;
    for (let head = byte(); head !== 0; head = byte()) {
      const type = head & 0x0f;
      field = head >> 4 === 0 ? integer() : field + (head >> 4);
      if (!read(field, type)) skip(type, false);
    }
    depth--;
  }

  /** Every item has at least one byte, so a size that is not plausible is found before anything is done with it. */
  function listHead(): { readonly size: number; readonly type: number } {
    const head = byte();
    const size = head >> 4 === 15 ? Number(varint()) : head >> 4;
    if (size > bytes.byteLength - at) throw new FormatFault('a list in its footer is longer than the footer');
    return { size, type: head & 0x0f };
  }

  function skipMap(): void {
    const size = Number(varint());
    if (size > bytes.byteLength - at) throw new FormatFault('a map in its footer is longer than the footer');
    if (size === 0) return;
    const types = byte();
    if (++depth > DEEPEST) throw new FormatFault('its footer is nested too deeply');
    for (let n = 0; n < size; n++) {
      skip(types >> 4, true);
      skip(types & 0x0f, true);
    }
    depth--;
  }

  function skipList(): void {
    const { size, type } = listHead();
    if (++depth > DEEPEST) throw new FormatFault('its footer is nested too deeply');
    for (let n = 0; n < size; n++) skip(type, true);
    depth--;
  }

  /** A boolean is in the head of its field, and a byte of its own in a list. */
  function skip(type: number, inList: boolean): void {
    switch (type) {
      case THRIFT.true:
      case THRIFT.false:
        return inList ? advance(1) : undefined;
      case THRIFT.byte:
        return advance(1);
      case THRIFT.i16:
      case THRIFT.i32:
      case THRIFT.i64:
        return void varint();
      case THRIFT.double:
        return advance(8);
      case THRIFT.binary:
        return advance(Number(varint()));
      case THRIFT.list:
      case THRIFT.set:
        return skipList();
      case THRIFT.map:
        return skipMap();
      case THRIFT.struct:
        return struct(() => false);
      default:
        throw new FormatFault('its footer has a value of an unknown type');
    }
  }

  return {
    integer,
    struct,
    structs(read) {
      const { size, type } = listHead();
      if (size > 0 && type !== THRIFT.struct)
        throw new FormatFault('a list in its footer holds something else');
      for (let n = 0; n < size; n++) read();
      return size;
    },
    left: () => bytes.byteLength - at,
  };
}
