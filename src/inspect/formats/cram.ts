import { crc32 } from 'node:zlib';
import { type Cursor, pass, type Steps, stepParser, take } from './byte-steps.ts';
import { FormatFault, type FormatParser } from './format-parser.ts';

const DEFINITION = 26;

/** What the last container says instead of a position: "EOF" in ASCII (CRAM 3.1, section 9). */
const END_POSITION = 0x45_4f46;

/** A container holds one slice as a rule, and some hundreds at most. */
const MOST_LANDMARKS = 1_000_000;
const FILE_HEADER = 0;
const MOST_CONTENT_TYPE = 5;
const MOST_METHOD = 8;

/** A container's header, as far as the walk needs it. */
interface Container {
  readonly length: number;
  readonly blocks: number;
  readonly isLast: boolean;
}

/**
 * CRAM 2.1 to 3.1 (CRAM format specification, sections 6 to 9): the file definition, then containers and their
 * blocks, each as long as it says and, from version 3 on, with its CRC32, up to the container that marks the end.
 */
export function createCramParser(): FormatParser {
  return stepParser(cram);
}

function* cram(cursor: Cursor): Steps {
  const definition = yield* take(DEFINITION);
  const [major, minor] = [definition.readUInt8(4), definition.readUInt8(5)];
  if (definition.toString('latin1', 0, 4) !== 'CRAM') throw new FormatFault('it does not begin as CRAM');
  if (!((major === 2 && minor === 1) || (major === 3 && minor <= 1)))
    throw new FormatFault(`its version ${major}.${minor} is none of 2.1, 3.0 and 3.1`);
  for (let isFirst = true; ; isFirst = false) {
    const container = yield* containerHeader(major);
    yield* containerBlocks(cursor, container, major, isFirst);
    if (!container.isLast) continue;
    if (isFirst) throw new FormatFault('it has no header container');
    return;
  }
}

/** Reads numbers byte by byte, and makes their checksum. */
interface NumberReader {
  checksum: number;
}

function* bytesOf(reader: NumberReader, count: number): Steps<Buffer> {
  const bytes = yield* take(count);
  reader.checksum = crc32(bytes, reader.checksum);
  return bytes;
}

function* containerHeader(major: number): Steps<Container> {
  const reader: NumberReader = { checksum: 0 };
  const length = (yield* bytesOf(reader, 4)).readInt32LE(0);
  const reference = yield* itf8(reader);
  const position = yield* itf8(reader);
  yield* itf8(reader);
  const records = yield* itf8(reader);
  yield* major === 2 ? skipItf8(reader) : skipLtf8(reader);
  yield* skipLtf8(reader);
  const blocks = yield* itf8(reader);
  const landmarks = yield* itf8(reader);
  if (length < 0 || records < 0 || blocks < 1)
    throw new FormatFault('a container has a negative or empty size');
  if (landmarks < 0 || landmarks > MOST_LANDMARKS)
    throw new FormatFault(`a container has ${landmarks} slices`);
  for (let n = 0; n < landmarks; n++) {
    const landmark = yield* itf8(reader);
    if (landmark < 0 || landmark > length) throw new FormatFault('a slice lies outside its container');
  }
  if (major >= 3) yield* checkSum(reader.checksum, "a container's header");
  return { length, blocks, isLast: reference === -1 && position === END_POSITION && records === 0 };
}

function* containerBlocks(cursor: Cursor, container: Container, major: number, isFirst: boolean): Steps {
  const end = cursor.at + container.length;
  for (let n = 0; n < container.blocks; n++) {
    const contentType = yield* block(cursor, end, major);
    if (isFirst && n === 0 && contentType !== FILE_HEADER)
      throw new FormatFault('the first block is no file header');
  }
  if (cursor.at > end) throw new FormatFault('the blocks of a container are longer than it');
  if (cursor.at < end && !isFirst) throw new FormatFault('a container has more bytes than its blocks');
  // Room that was left so that the header can grow.
  yield* pass(end - cursor.at, (part) => {
    if (!part.every((byte) => byte === 0)) throw new FormatFault('the room behind the header is not empty');
  });
}

/** One block; returns the type of its content. */
function* block(cursor: Cursor, end: number, major: number): Steps<number> {
  const reader: NumberReader = { checksum: 0 };
  const head = yield* bytesOf(reader, 2);
  const [method, contentType] = [head.readUInt8(0), head.readUInt8(1)];
  if (method > MOST_METHOD || contentType > MOST_CONTENT_TYPE)
    throw new FormatFault('a block is of an unknown kind');
  yield* itf8(reader);
  const size = yield* itf8(reader);
  const rawSize = yield* itf8(reader);
  if (size < 0 || rawSize < 0 || cursor.at + size > end)
    throw new FormatFault('a block is longer than its container');
  if (method === 0 && size !== rawSize) throw new FormatFault('a block that is not packed has two sizes');
  yield* pass(size, (part) => {
    reader.checksum = crc32(part, reader.checksum);
  });
  if (major >= 3) yield* checkSum(reader.checksum, 'a block');
  return contentType;
}

function* checkSum(expected: number, what: string): Steps {
  const stored = (yield* take(4)).readUInt32LE(0);
  if (stored !== expected) throw new FormatFault(`${what} does not have the checksum that it says`);
}

/** A 32-bit number: the leading ones of its first byte say how many follow (section 2.3). */
function* itf8(reader: NumberReader): Steps<number> {
  const first = (yield* bytesOf(reader, 1)).readUInt8(0);
  const more = Math.min(Math.clz32(~(first << 24)), 4);
  const rest = yield* bytesOf(reader, more);
  if (more === 4) {
    const low = (rest.readUInt8(0) << 20) | (rest.readUInt8(1) << 12) | (rest.readUInt8(2) << 4);
    return (first << 28) | low | (rest.readUInt8(3) & 0x0f);
  }
  return rest.reduce((value, byte) => (value << 8) | byte, first & (0xff >> (more + 1)));
}

function* skipItf8(reader: NumberReader): Steps {
  yield* itf8(reader);
}

/** The same for 64 bits, whose value nobody here asks for. */
function* skipLtf8(reader: NumberReader): Steps {
  const first = (yield* bytesOf(reader, 1)).readUInt8(0);
  yield* bytesOf(reader, Math.clz32(~(first << 24)));
}
