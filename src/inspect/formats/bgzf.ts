import { crc32, inflateRawSync } from 'node:zlib';
import { type Steps, stepParser, take, takeUnlessEnd } from './byte-steps.ts';
import { FormatFault, type FormatParser } from './format-parser.ts';

/** A gzip member's header with the one extra field BC, up to the block's size (SAM specification, section 4.1). */
const BLOCK_HEAD = 18;
const BLOCK_TAIL = 8;

/** The most that a block unpacks to. */
const MOST_UNPACKED = 64 * 1024;

/** The empty block that ends a file (SAM specification, section 4.1.2). */
const END_MARKER = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

/** True when the bytes begin as a BGZF block does. */
export function isBgzf(bytes: Buffer): boolean {
  return (
    bytes.byteLength >= BLOCK_HEAD &&
    bytes.readUInt32BE(0) === 0x1f8b0804 &&
    bytes.readUInt16LE(10) === 6 &&
    bytes.toString('latin1', 12, 16) === 'BC\x02\0'
  );
}

/**
 * BGZF: blocks that follow each other up to the end marker, each with the checksum and the size that it says. What is
 * in them goes to `content`.
 */
export function createBgzfUnpacker(content: FormatParser): FormatParser {
  return stepParser(() => blocks(content));
}

function* blocks(content: FormatParser): Steps {
  let ended = false;
  for (;;) {
    const head = yield* takeUnlessEnd(BLOCK_HEAD);
    if (head === null) break;
    if (!isBgzf(head)) throw new FormatFault('there is something else where a BGZF block should begin');
    const start = Buffer.from(head);
    const rest = head.readUInt16LE(16) + 1 - BLOCK_HEAD;
    if (rest <= BLOCK_TAIL) throw new FormatFault('a BGZF block is too small to be one');
    const body = yield* take(rest);
    ended = END_MARKER.equals(Buffer.concat([start, body.subarray(0, END_MARKER.byteLength)]));
    content.feed(unpack(body));
  }
  if (!ended) throw new FormatFault('the BGZF end marker is missing: it is cut short');
  content.end();
}

function unpack(body: Buffer): Buffer {
  const packed = body.subarray(0, -BLOCK_TAIL);
  const size = body.readUInt32LE(body.byteLength - 4);
  if (size > MOST_UNPACKED) throw new FormatFault('a BGZF block says that it holds more than 64 KiB');
  const { buffer, engine } = inflate(packed, size);
  if (engine.bytesWritten !== packed.byteLength)
    throw new FormatFault('a BGZF block has bytes behind its data');
  if (buffer.byteLength !== size) throw new FormatFault('a BGZF block does not have the size that it says');
  if (crc32(buffer) !== body.readUInt32LE(body.byteLength - BLOCK_TAIL))
    throw new FormatFault('a BGZF block does not have the checksum that it says');
  return buffer;
}

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflate(packed: Buffer, size: number): Inflated {
  try {
    // With `info` it answers so; its type does not say it.
    return inflateRawSync(packed, {
      info: true,
      chunkSize: MOST_UNPACKED,
      maxOutputLength: Math.max(size, 1),
    }) as unknown as Inflated;
  } catch {
    throw new FormatFault('a BGZF block cannot be unpacked');
  }
}
