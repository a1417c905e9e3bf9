import { FormatFault, type FormatParser } from './format-parser.ts';
import { byteSet, showByte } from './text-bytes.ts';

const LINE_FEED = 0x0a;

const LONGEST_NAME = 4096;

/** The longest reads that were ever published have some 4 million bases. */
const LONGEST_READ = 64 * 1024 * 1024;

const BASES = byteSet('ACGTUNRYSWKMBDHVacgtunryswkmbdhv.-*');
const QUALITIES = range(0x21, 0x7e);
const NAME = range(0x20, 0x7e);
NAME[0x09] = 1;

const LINES = ['name', 'bases', 'separator', 'qualities'] as const;

function range(first: number, last: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte >= first && byte <= last ? 1 : 0));
}

/**
 * FASTQ in records of four lines (Cock et al. 2010, Nucleic Acids Res. 38:1767): `@` and a name, bases, `+` alone or
 * with the same name, and as many qualities as bases. The last line ends with a line feed.
 */
export function createFastqParser(): FormatParser {
  const name = Buffer.alloc(LONGEST_NAME);
  let nameLength = 0;
  let bases = 0;
  let place = 0;
  let length = 0;
  let number = 1;

  const fault = (what: string): FormatFault => new FormatFault(`line ${number} ${what}`);

  function takeName(byte: number): void {
    if (length === 0 ? byte !== 0x40 : NAME[byte] === 0)
      throw fault(`has ${showByte(byte)} in a read's name`);
    if (length === LONGEST_NAME) throw fault('is a name that is not plausibly long');
    name[length] = byte;
  }

  function takeSeparator(byte: number): void {
    const expected = length === 0 ? 0x2b : length < nameLength ? name[length] : -1;
    if (byte !== expected) throw fault(`has ${showByte(byte)}, and is no + with nothing or the read's name`);
  }

  function takeLetter(byte: number, allowed: Uint8Array): void {
    if (allowed[byte] === 0) throw fault(`has ${showByte(byte)} among the ${LINES[place]}`);
    if (length === LONGEST_READ) throw fault('is longer than 64 MiB');
  }

  function endLine(): void {
    if (place === 0) {
      if (length < 2) throw fault('is a read without a name');
      nameLength = length;
    } else if (place === 1) {
      bases = length;
    } else if (place === 2) {
      if (length !== 1 && length !== nameLength) throw fault("is no + with nothing or the read's name");
    } else if (length !== bases) {
      throw fault(`has ${length} qualities for ${bases} bases`);
    }
    place = (place + 1) % 4;
    length = 0;
    number++;
  }

  function take(byte: number): void {
    if (byte === LINE_FEED) return endLine();
    if (place === 0) takeName(byte);
    else if (place === 2) takeSeparator(byte);
    else takeLetter(byte, place === 1 ? BASES : QUALITIES);
    length++;
  }

  return {
    feed(bytes) {
      for (let at = 0; at < bytes.byteLength; at++) take(bytes[at] ?? 0);
    },
    end() {
      if (number === 1) throw new FormatFault('there is no read');
      if (length > 0 || place !== 0) throw fault('does not end a read: the file is cut short');
    },
  };
}
