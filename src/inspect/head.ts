/** The first bytes of something that comes in pieces. */
export interface Head {
  /** Keeps what is still wanted of the piece. True once the head is full. */
  add(piece: Uint8Array): boolean;
  /** What has been kept: at most as many bytes as the head holds. */
  bytes(): Uint8Array;
}

/** A head of `length` bytes. It copies, so pieces may be used again. */
export function createHead(length: number): Head {
  const kept: Uint8Array[] = [];
  let missing = length;
  return {
    add(piece) {
      if (missing > 0 && piece.byteLength > 0) {
        const part = Uint8Array.from(piece.subarray(0, missing));
        kept.push(part);
        missing -= part.byteLength;
      }
      return missing === 0;
    },
    bytes: () => Buffer.concat(kept),
  };
}
