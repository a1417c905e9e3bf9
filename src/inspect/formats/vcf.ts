import { FormatFault, type FormatParser } from './format-parser.ts';
import { BYTE_CLASS, byteSet, CONTROL, createUtf8Follower, MULTIBYTE, showByte } from './text-bytes.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Half a million samples with 2 KiB each. */
const LONGEST_LINE = 1024 ** 3;

const FIRST_LINE = /^##fileformat=VCFv4\.[0-5]$/;
const FIXED_COLUMNS = '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO';
const FORMAT_COLUMN = `${FIXED_COLUMNS}\tFORMAT\t`;

/** Enough of a line's start to tell what it is. */
const START = 80;

const DIGITS = byteSet('0123456789');

/** REF: a base, or an IUPAC code in files older than 4.3. */
const BASES = byteSet('ACGTNacgtnRYSWKMBDHVryswkmbdhv');

/** What may stand in the fixed columns of records, by column; the others hold any text. */
const COLUMN_BYTES: readonly (Uint8Array | null)[] = [null, DIGITS, null, BASES];

type Line = 'first' | 'header' | 'record';

/**
 * VCF 4.x (Variant Call Format Specification, sections 1.1 to 1.6): `##fileformat`, header lines, the line of
 * columns, then records with as many columns as that line, none of them empty. All of it is UTF-8 text, and the last
 * line ends with a line feed.
 */
export function createVcfParser(): FormatParser {
  const start = Buffer.alloc(START);
  const utf8 = createUtf8Follower();
  let line: Line = 'first';
  let number = 1;
  let length = 0;
  let column = 0;
  let columnLength = 0;
  let columns = 0;
  let returned = false;

  const fault = (what: string): FormatFault => new FormatFault(`line ${number} ${what}`);

  function endLine(): void {
    if (columnLength === 0 && line === 'record') throw fault('has an empty column');
    if (!utf8.isWhole()) throw fault('is not UTF-8');
    if (line === 'record') {
      if (column + 1 !== columns) throw fault(`has ${column + 1} columns, where the header has ${columns}`);
    } else {
      endHeaderLine(start.toString('latin1', 0, Math.min(length, START)));
    }
    number++;
    length = 0;
    column = 0;
    columnLength = 0;
    returned = false;
  }

  function endHeaderLine(text: string): void {
    if (line === 'first') {
      if (!FIRST_LINE.test(text)) throw fault('is not ##fileformat=VCFv4 with a known version');
      line = 'header';
    } else if (!text.startsWith('##')) {
      columns = column + 1;
      const alone = columns === 8 && text === FIXED_COLUMNS;
      if (!alone && !(columns > 9 && text.startsWith(FORMAT_COLUMN)))
        throw fault('is not the line of columns');
      if (columnLength === 0) throw fault('has a sample without a name');
      line = 'record';
    }
  }

  function takeTab(): void {
    if (line === 'record' && columnLength === 0) throw fault('has an empty column');
    column++;
    columnLength = 0;
  }

  function takeText(byte: number): void {
    const allowed = line === 'record' ? COLUMN_BYTES[column] : null;
    if (allowed != null && allowed[byte] === 0) throw fault(`has ${showByte(byte)} in column ${column + 1}`);
    columnLength++;
  }

  function take(byte: number): void {
    if (byte === LINE_FEED) return endLine();
    if (returned) throw fault('has a carriage return inside');
    if (byte === RETURN) {
      returned = true;
      return;
    }
    const kind = BYTE_CLASS[byte];
    if (kind === CONTROL) throw fault(`has ${showByte(byte)}, which is no text`);
    if (kind === MULTIBYTE ? !utf8.take(byte) : !utf8.isWhole()) throw fault('is not UTF-8');
    if (length < START) start[length] = byte;
    if (++length > LONGEST_LINE) throw fault('is longer than 1 GiB');
    if (byte === TAB) takeTab();
    else takeText(byte);
  }

  /** Takes printable columns that may hold any text, which most of a file is. Returns where that ends. */
  function skim(bytes: Buffer, from: number): number {
    let at = from;
    let filled = columnLength;
    let tabs = 0;
    if (returned || !utf8.isWhole()) return at;
    for (; at < bytes.byteLength; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === TAB && filled > 0) {
        tabs++;
        filled = 0;
      } else if (byte >= 0x20 && byte < 0x7f) filled++;
      else break;
    }
    length += at - from;
    column += tabs;
    columnLength = filled;
    return at;
  }

  return {
    feed(bytes) {
      let at = 0;
      while (at < bytes.byteLength) {
        if (line === 'record' && column >= COLUMN_BYTES.length) at = skim(bytes, at);
        if (at < bytes.byteLength) take(bytes[at++] ?? 0);
      }
    },
    end() {
      if (length > 0 || returned) throw fault('does not end: the file is cut short');
      if (line !== 'record') throw fault('is missing: there is no line of columns');
    },
  };
}
