/** What a byte is in a text: control characters other than tab and line feed have no place in one. */
export const BYTE_CLASS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x09 || byte === 0x0a) return 1;
  if (byte >= 0x80) return 2;
  return byte < 0x20 || byte === 0x7f ? 0 : 1;
});

/** `BYTE_CLASS` of control characters. */
export const CONTROL = 0;

/** `BYTE_CLASS` of bytes that are part of a longer UTF-8 sequence. */
export const MULTIBYTE = 2;

/** Follows the multi-byte sequences of UTF-8 (RFC 3629, section 3). */
export interface Utf8Follower {
  /** Takes the next byte of a sequence, 0x80 or above. False: it has no place here. */
  take(byte: number): boolean;
  /** True between two characters. */
  isWhole(): boolean;
}

/** A follower at the start of a text. */
export function createUtf8Follower(): Utf8Follower {
  let missing = 0;
  return {
    take(byte) {
      if (missing > 0) {
        missing--;
        return byte < 0xc0;
      }
      if (byte < 0xc2 || byte > 0xf4) return false;
      missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      return true;
    },
    isWhole: () => missing === 0,
  };
}

/** A table of the bytes that stand in `characters`: 1 for each of them. */
export function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters, 'latin1')) set[byte] = 1;
  return set;
}

/** A byte for a message: as a character when it is one. */
export function showByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `"${String.fromCharCode(byte)}"`
    : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
