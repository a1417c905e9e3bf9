import { type Cursor, pass, type Steps, stepParser, take } from './byte-steps.ts';
import { type Encoding, walkDataset } from './dicom-dataset.ts';
import { FormatFault, type FormatParser } from './format-parser.ts';

const PREAMBLE = 128;
const GROUP_LENGTH = 0x0002_0000;
const TRANSFER_SYNTAX = 0x0002_0010;
const LONGEST_META = 64 * 1024;

/** The first tag behind the file meta information. */
const DATASET_FROM = 0x0003_0000;

const IMPLICIT = '1.2.840.10008.1.2';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';

/**
 * DICOM files (PS3.10, section 7): an empty preamble, or that of a TIFF; file meta information; then a dataset in its
 * transfer syntax (PS3.5), element by element and sequence by sequence, to the end. A deflated dataset is refused.
 */
export function createDicomParser(): FormatParser {
  return stepParser(dicom);
}

function* dicom(cursor: Cursor): Steps {
  const preamble = yield* take(PREAMBLE + 4);
  if (preamble.toString('latin1', PREAMBLE) !== 'DICM') throw new FormatFault('it does not begin as DICOM');
  checkPreamble(preamble.subarray(0, PREAMBLE));
  const encoding = encodingOf(yield* metaInformation(cursor));
  yield* walkDataset(cursor, encoding, { end: 'file', above: DATASET_FROM - 1, depth: 0 });
}

/** Slides of pathology are TIFF and DICOM at once (PS3.10, section 7.1). Anything else is a disguise. */
function checkPreamble(preamble: Buffer): void {
  const isTiff = /^(II[*+]\0|MM\0[*+])/.test(preamble.toString('latin1', 0, 4));
  if (!isTiff && !preamble.every((byte) => byte === 0)) throw new FormatFault('its preamble is not empty');
}

/** Reads group 0002, which is always explicit and little endian; returns the transfer syntax. */
function* metaInformation(cursor: Cursor): Steps<string> {
  const first = yield* take(12);
  if (tagOf(first) !== GROUP_LENGTH || first.toString('latin1', 4, 8) !== 'UL\x04\0')
    throw new FormatFault('its meta information has no length');
  const length = first.readUInt32LE(8);
  if (length > LONGEST_META) throw new FormatFault('its meta information is not plausibly long');
  const end = cursor.at + length;
  let syntax: string | null = null;
  while (cursor.at < end) {
    const element = yield* metaElement(cursor, end);
    if (element !== null) syntax = element;
  }
  if (syntax === null) throw new FormatFault('its meta information has no transfer syntax');
  return syntax;
}

/** One element; its value when it is the transfer syntax. */
function* metaElement(cursor: Cursor, end: number): Steps<string | null> {
  const head = yield* take(8);
  const tag = tagOf(head);
  if (tag >>> 16 !== 2) throw new FormatFault('its meta information has elements of another group');
  const isLong = /^(OB|OW|UN|UT|UC|UR|SQ)$/.test(head.toString('latin1', 4, 6));
  const length = isLong ? (yield* take(4)).readUInt32LE(0) : head.readUInt16LE(6);
  if (cursor.at + length > end) throw new FormatFault('an element is longer than the meta information');
  if (tag !== TRANSFER_SYNTAX) {
    yield* pass(length);
    return null;
  }
  return (yield* take(length)).toString('latin1').replace(/[\0 ]+$/, '');
}

function encodingOf(syntax: string): Encoding {
  if (!/^1\.2\.840\.10008\.1\.2(\.[0-9]+)*$/.test(syntax))
    throw new FormatFault('its transfer syntax is unknown');
  if (syntax === DEFLATED) throw new FormatFault('its dataset is deflated');
  return { isExplicit: syntax !== IMPLICIT, isLittle: syntax !== BIG_ENDIAN };
}

function tagOf(bytes: Buffer): number {
  return bytes.readUInt16LE(0) * 0x1_0000 + bytes.readUInt16LE(2);
}
