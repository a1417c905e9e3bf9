import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { FormatFault, type FormatParser } from './format-parser.ts';
import { readGzipHeader } from './gzip-header.ts';

/** Takes packed bytes, one piece after the other: wait for each. */
export interface Unpacker {
  /** Rejects with a `FormatFault`. */
  feed(bytes: Buffer): Promise<void>;
  /** Rejects with a `FormatFault` when the last member is not whole. */
  end(): Promise<void>;
}

/** One member that is being unpacked. */
interface Member {
  readonly inflate: InflateRaw;
  /** Its data has ended; its checksum and length come next. */
  isWhole: boolean;
  /** What is wrong with its data; what was said when nobody was waiting is not lost. */
  failure: Error | null;
  waiting: PromiseWithResolvers<boolean> | null;
}

/** So many packed bytes are unpacked at a time, which make at most 16 MiB. */
const SLICE = 16 * 1024;

const TAIL = 8;

/** Deflate can reach 1032; sparse tables of genotypes reach some 300. */
const MOST_EXPANSION = 500;

/** A small file may well be mostly zeros. */
const EXPANSION_FROM = 1024 * 1024;

/**
 * gzip (RFC 1952): members that follow each other to the end of the file, each with the checksum and length that it
 * says, and nothing behind. What is in them goes to `content`. What unpacks to more than 500 times its size is
 * refused.
 */
export function createGzipUnpacker(content: FormatParser): Unpacker {
  let member: Member | null = null;
  let kept: Buffer = Buffer.alloc(0);
  let checksum = 0;
  let length = 0;
  let packed = 0;
  let unpacked = 0;

  function takeContent(part: Buffer): void {
    checksum = crc32(part, checksum);
    length = (length + part.byteLength) % 2 ** 32;
    unpacked += part.byteLength;
    if (packed > EXPANSION_FROM && unpacked > packed * MOST_EXPANSION)
      throw new FormatFault(`it unpacks to more than ${MOST_EXPANSION} times its size`);
    content.feed(part);
  }

  function beginMember(): Member {
    checksum = 0;
    length = 0;
    const inflate = createInflateRaw();
    const begun: Member = { inflate, isWhole: false, failure: null, waiting: null };
    inflate.on('data', (part: Buffer) => {
      try {
        takeContent(part);
      } catch (error) {
        begun.failure ??= error instanceof Error ? error : new Error(String(error));
        inflate.destroy(begun.failure);
      }
    });
    inflate.on('end', () => begun.waiting?.resolve(true));
    inflate.on('error', (error) => {
      begun.failure ??= isZlibError(error) ? new FormatFault('its gzip data cannot be unpacked') : error;
      begun.waiting?.reject(begun.failure);
    });
    return begun;
  }

  /** Unpacks a piece of the member; the bytes behind its data, or null when it goes on. */
  async function unpack(into: Member, piece: Buffer): Promise<Buffer | null> {
    // The parser may have refused what came out after the piece before.
    throwFailure(into);
    const before = into.inflate.bytesWritten;
    const ended = Promise.withResolvers<boolean>();
    into.waiting = ended;
    // It calls back when it has taken the piece, and not at all when its data ends inside.
    into.inflate.write(piece, (error) => {
      if (!error) ended.resolve(false);
    });
    into.isWhole = await ended.promise;
    throwFailure(into);
    if (!into.isWhole) return null;
    into.inflate.destroy();
    return piece.subarray(into.inflate.bytesWritten - before);
  }

  /** Takes as much of a header or a tail as there is; null when more bytes are needed. */
  function frame(bytes: Buffer): Buffer | null {
    const all = Buffer.concat([kept, bytes]);
    kept = Buffer.alloc(0);
    if (member === null) {
      const header = readGzipHeader(all);
      if (header !== null) {
        member = beginMember();
        return all.subarray(header);
      }
    } else if (all.byteLength >= TAIL) {
      checkTail(all);
      member = null;
      return all.subarray(TAIL);
    }
    kept = all;
    return null;
  }

  function checkTail(tail: Buffer): void {
    if (tail.readUInt32LE(0) !== checksum)
      throw new FormatFault('a gzip member does not have the checksum that it says');
    if (tail.readUInt32LE(4) !== length)
      throw new FormatFault('a gzip member does not have the length that it says');
  }

  async function feedSlice(slice: Buffer): Promise<void> {
    packed += slice.byteLength;
    let rest: Buffer | null = slice;
    while (rest !== null && rest.byteLength > 0) {
      rest = member === null || member.isWhole ? frame(rest) : await unpack(member, rest);
    }
  }

  return {
    async feed(bytes) {
      for (let at = 0; at < bytes.byteLength; at += SLICE) await feedSlice(bytes.subarray(at, at + SLICE));
    },
    async end() {
      if (member !== null || kept.byteLength > 0) throw new FormatFault('its gzip data is cut short');
      content.end();
    },
  };
}

function throwFailure({ failure }: Member): void {
  if (failure !== null) throw failure;
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
