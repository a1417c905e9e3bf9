import { FormatFault } from './format-parser.ts';

const FIXED = 10;
const HAS_CHECKSUM = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;

/** A name or comment that is longer may hide anything. */
const LONGEST_TEXT = 1024;

/**
 * How many bytes the header of a gzip member has (RFC 1952, section 2.3); null when `bytes` is too short to tell.
 * Extra fields are refused: only BGZF has a use for them here.
 */
export function readGzipHeader(bytes: Buffer): number | null {
  const known = Math.min(bytes.byteLength, 3);
  if (bytes.compare(Buffer.from([0x1f, 0x8b, 8]), 0, known, 0, known) !== 0)
    throw new FormatFault('something that is not gzip follows the end of its gzip data');
  if (bytes.byteLength < FIXED) return null;
  const flags = bytes.readUInt8(3);
  if ((flags & 0xe0) !== 0) throw new FormatFault('a gzip header has unknown flags');
  if ((flags & HAS_EXTRA) !== 0) throw new FormatFault('a gzip header has an extra field');
  let end: number | null = FIXED;
  if ((flags & HAS_NAME) !== 0) end = endOfText(bytes, end);
  if (end !== null && (flags & HAS_COMMENT) !== 0) end = endOfText(bytes, end);
  if (end !== null && (flags & HAS_CHECKSUM) !== 0) end += 2;
  return end !== null && end <= bytes.byteLength ? end : null;
}

function endOfText(bytes: Buffer, from: number): number | null {
  const end = bytes.indexOf(0, from);
  if ((end === -1 ? bytes.byteLength : end) - from > LONGEST_TEXT)
    throw new FormatFault('a gzip header has a name that is not plausibly long');
  return end === -1 ? null : end + 1;
}
