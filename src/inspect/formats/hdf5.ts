import { type Cursor, pass, passRest, type Steps, stepParser, take } from './byte-steps.ts';
import { FormatFault, type FormatParser } from './format-parser.ts';
import { lookup3 } from './lookup3.ts';

const SIGNATURE = '\x89HDF\r\n\x1a\n';

/** What a superblock says of its file. Addresses are bytes from the start. */
interface Superblock {
  readonly base: number;
  readonly end: number;
  readonly root: number;
  /** How many bytes it has itself. */
  readonly size: number;
}

/**
 * HDF5 (HDF5 File Format Specification 3.0, section II): a superblock of version 0 to 3 at the first byte, with its
 * checksum where it has one, a root group at the address it gives, and an end of file that is the end of the file.
 */
export function createHdf5Parser(): FormatParser {
  return stepParser(hdf5);
}

function* hdf5(cursor: Cursor): Steps {
  const start = Buffer.from(yield* take(12));
  if (start.toString('latin1', 0, 8) !== SIGNATURE) throw new FormatFault('it does not begin as HDF5');
  const version = start.readUInt8(8);
  if (version > 3) throw new FormatFault(`its superblock has the unknown version ${version}`);
  const { base, end, root, size } = yield* version < 2
    ? olderSuperblock(start, version)
    : newerSuperblock(start, version);
  if (base !== 0) throw new FormatFault('its base address is not the start of the file');
  if (root < size || root > end - 8) throw new FormatFault('its root group lies outside the file');
  yield* pass(root - cursor.at);
  yield* rootObject();
  yield* passRest();
  if (cursor.at !== end) throw new FormatFault(`it says that it ends at ${end}, and has ${cursor.at} bytes`);
}

function* olderSuperblock(start: Buffer, version: number): Steps<Superblock> {
  const fixed = Buffer.concat([start, yield* take(version === 0 ? 12 : 16)]);
  if (
    fixed.readUInt8(9) !== 0 ||
    fixed.readUInt8(10) !== 0 ||
    fixed.readUInt8(11) !== 0 ||
    fixed.readUInt8(12) !== 0
  )
    throw new FormatFault('its superblock names versions that there are not');
  const width = addressWidth(fixed.readUInt8(13));
  const addresses = yield* take(4 * width + 2 * width + 24);
  const address = (n: number): number => readAddress(addresses, n * width, width);
  return {
    base: address(0),
    end: address(2),
    root: address(5),
    size: fixed.byteLength + addresses.byteLength,
  };
}

function* newerSuperblock(start: Buffer, version: number): Steps<Superblock> {
  const width = addressWidth(start.readUInt8(9));
  if (version === 3 && start.readUInt8(11) !== 0) throw new FormatFault('it was not closed by who wrote it');
  const rest = Buffer.from(yield* take(4 * width));
  const checksum = (yield* take(4)).readUInt32LE(0);
  if (lookup3(Buffer.concat([start, rest])) !== checksum)
    throw new FormatFault('its superblock does not have the checksum that it says');
  const address = (n: number): number => readAddress(rest, n * width, width);
  return {
    base: address(0),
    end: address(2),
    root: address(3),
    size: start.byteLength + rest.byteLength + 4,
  };
}

/** The root group is an object header, of version 1 or 2 (sections IV.A.1.a and IV.A.1.b). */
function* rootObject(): Steps {
  const head = yield* take(8);
  const isNewer = head.toString('latin1', 0, 4) === 'OHDR' && head.readUInt8(4) === 2;
  const isOlder = head.readUInt8(0) === 1 && head.readUInt8(1) === 0;
  if (!isNewer && !isOlder) throw new FormatFault('there is no object header where its root group should be');
}

function addressWidth(width: number): number {
  if (width !== 4 && width !== 8) throw new FormatFault(`its addresses have ${width} bytes`);
  return width;
}

function readAddress(bytes: Buffer, at: number, width: number): number {
  return width === 4 ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at));
}
