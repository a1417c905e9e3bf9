/** The last bytes of something that comes in pieces. */
export interface ByteTail {
  add(piece: Buffer): void;
  /** What has been kept: at most as many bytes as the tail holds. */
  bytes(): Buffer;
  /** How many bytes went by in all. */
  total(): number;
}

/** A tail of `length` bytes, in a ring that is written over. */
export function createByteTail(length: number): ByteTail {
  const ring = Buffer.allocUnsafe(length);
  let total = 0;
  return {
    add(piece) {
      const part = piece.subarray(-length);
      const at = (total + piece.byteLength - part.byteLength) % length;
      const fits = part.copy(ring, at);
      part.copy(ring, 0, fits);
      total += piece.byteLength;
    },
    bytes() {
      if (total < length) return Buffer.from(ring.subarray(0, total));
      const at = total % length;
      return Buffer.concat([ring.subarray(at), ring.subarray(0, at)]);
    },
    total: () => total,
  };
}
