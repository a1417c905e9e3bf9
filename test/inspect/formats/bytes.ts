/** Bytes of numbers, little endian. */
export const u8 = (...values: number[]): Buffer => Buffer.from(values);
export const u16 = (...values: number[]): Buffer => Buffer.from(new Uint16Array(values).buffer);
export const i32 = (...values: number[]): Buffer => Buffer.from(new Int32Array(values).buffer);
export const u32 = (...values: number[]): Buffer => Buffer.from(new Uint32Array(values).buffer);
export const u64 = (...values: number[]): Buffer =>
  Buffer.from(new BigUint64Array(values.map(BigInt)).buffer);

/** Joins bytes and Latin-1 text. */
export function join(...parts: (Buffer | string)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

/** The bytes with those of `change` from `at` on. */
export function patched(bytes: Buffer, at: number, change: Buffer | string): Buffer {
  const copy = Buffer.from(bytes);
  Buffer.from(change).copy(copy, at < 0 ? copy.byteLength + at : at);
  return copy;
}

/** The bytes with all bits of one turned over. */
export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 0xff, at);
  return copy;
}
