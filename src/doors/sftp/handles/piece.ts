/** Bytes that were read for a client, in memory that is used again once they have been sent. */
export interface Piece {
  readonly bytes: Buffer;
  /** The bytes are on their way and needed no more. To be called once, and never while they may still be sent. */
  release(): void;
}

/** How many bytes pieces have together. */
export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
