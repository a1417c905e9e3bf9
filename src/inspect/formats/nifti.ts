import { type Cursor, pass, type Steps, stepParser, take } from './byte-steps.ts';
import { FormatFault, type FormatParser } from './format-parser.ts';

const SIZE_1 = 348;
const SIZE_2 = 540;

/** Bits of a value, by data type (nifti1.h, nifti2.h). */
const BITS: Readonly<Record<number, number>> = {
  1: 1,
  2: 8,
  4: 16,
  8: 32,
  16: 32,
  32: 64,
  64: 64,
  128: 24,
  256: 8,
  512: 16,
  768: 32,
  1024: 64,
  1280: 64,
  1536: 128,
  1792: 128,
  2048: 256,
  2304: 32,
};

/** What the header says of the file. */
interface Image {
  readonly dimensions: readonly number[];
  readonly dataType: number;
  readonly bits: number;
  readonly dataAt: number;
}

/** Reads numbers in the byte order of the file. */
interface Numbers {
  readonly int16: (at: number) => number;
  readonly int32: (at: number) => number;
  readonly int64: (at: number) => number;
  readonly float32: (at: number) => number;
}

/**
 * NIfTI-1 and NIfTI-2 in one file (nifti1.h, nifti2.h, `n+1` and `n+2`): the header, extensions that lie between it and
 * the image, and exactly as many bytes as the image has.
 */
export function createNiftiParser(): FormatParser {
  return stepParser(nifti);
}

function* nifti(cursor: Cursor): Steps {
  const start = Buffer.from(yield* take(4));
  const isLittle = [SIZE_1, SIZE_2].includes(start.readInt32LE(0));
  const size = isLittle ? start.readInt32LE(0) : start.readInt32BE(0);
  if (size !== SIZE_1 && size !== SIZE_2) throw new FormatFault('it does not begin as NIfTI');
  const header = Buffer.concat([start, yield* take(size - 4)]);
  const image = size === SIZE_1 ? readFirst(header, isLittle) : readSecond(header, isLittle);
  const data = dataLength(image);
  const flag = yield* take(4);
  if (!Number.isSafeInteger(image.dataAt) || image.dataAt < cursor.at)
    throw new FormatFault(`the image begins at ${image.dataAt}, inside the header`);
  if (flag.readUInt8(0) === 0) yield* zeros(image.dataAt - cursor.at);
  else yield* extensions(cursor, image.dataAt, isLittle);
  yield* pass(data);
}

function numbersOf(bytes: Buffer, isLittle: boolean): Numbers {
  return {
    int16: (at) => (isLittle ? bytes.readInt16LE(at) : bytes.readInt16BE(at)),
    int32: (at) => (isLittle ? bytes.readInt32LE(at) : bytes.readInt32BE(at)),
    int64: (at) => Number(isLittle ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at)),
    float32: (at) => (isLittle ? bytes.readFloatLE(at) : bytes.readFloatBE(at)),
  };
}

function readFirst(header: Buffer, isLittle: boolean): Image {
  if (header.toString('latin1', 344) !== 'n+1\0')
    throw new FormatFault('its magic is not that of NIfTI-1 in one file');
  const { int16, float32 } = numbersOf(header, isLittle);
  const dimensions = Array.from({ length: 8 }, (_, n) => int16(40 + 2 * n));
  return { dimensions, dataType: int16(70), bits: int16(72), dataAt: float32(108) };
}

function readSecond(header: Buffer, isLittle: boolean): Image {
  if (header.toString('latin1', 4, 12) !== 'n+2\0\r\n\x1a\n')
    throw new FormatFault('its magic is not that of NIfTI-2 in one file');
  const { int16, int64 } = numbersOf(header, isLittle);
  const dimensions = Array.from({ length: 8 }, (_, n) => int64(16 + 8 * n));
  return { dimensions, dataType: int16(12), bits: int16(14), dataAt: int64(168) };
}

function dataLength({ dimensions: [count = 0, ...sizes], dataType, bits }: Image): number {
  if (count < 1 || count > 7) throw new FormatFault(`it has ${count} dimensions`);
  if (BITS[dataType] === undefined || BITS[dataType] !== bits)
    throw new FormatFault(`its data type ${dataType} does not have ${bits} bits`);
  const used = sizes.slice(0, count);
  if (!used.every((size) => size >= 1)) throw new FormatFault('a dimension is empty or negative');
  const length = Math.ceil((used.reduce((product, size) => product * size, 1) * bits) / 8);
  if (!Number.isSafeInteger(length)) throw new FormatFault('its dimensions are not plausible');
  return length;
}

/** Each extension says its own length, a multiple of 16; together they reach to the image. */
function* extensions(cursor: Cursor, end: number, isLittle: boolean): Steps {
  while (cursor.at < end) {
    const size = numbersOf(yield* take(8), isLittle).int32(0);
    if (size < 16 || size % 16 !== 0 || cursor.at - 8 + size > end)
      throw new FormatFault(`an extension of ${size} bytes does not fit before the image`);
    yield* pass(size - 8);
  }
}

function* zeros(length: number): Steps {
  yield* pass(length, (part) => {
    if (!part.every((byte) => byte === 0)) throw new FormatFault('the room before the image is not empty');
  });
}
