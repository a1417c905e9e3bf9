/**
 * Bob Jenkins' hashlittle of lookup3.c with the start value 0: the checksum of HDF5's metadata. Unsigned, 32 bits.
 */
export function lookup3(bytes: Buffer): number {
  let a = (0xdeadbeef + bytes.byteLength) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; bytes.byteLength - at > 12; at += 12) {
    a = (a + bytes.readUInt32LE(at)) | 0;
    b = (b + bytes.readUInt32LE(at + 4)) | 0;
    c = (c + bytes.readUInt32LE(at + 8)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (at === bytes.byteLength) return c >>> 0;
  const last = Buffer.alloc(12);
  bytes.copy(last, 0, at);
  a = (a + last.readUInt32LE(0)) | 0;
  b = (b + last.readUInt32LE(4)) | 0;
  c = (c + last.readUInt32LE(8)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
