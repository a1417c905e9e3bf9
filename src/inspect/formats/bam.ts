import { pass, type Steps, stepParser, take, takeUnlessEnd } from './byte-steps.ts';
import { FormatFault, type FormatParser } from './format-parser.ts';
import { BYTE_CLASS, CONTROL } from './text-bytes.ts';

/** What a record has before its name (SAM specification, section 4.2), with its size. */
const RECORD_HEAD = 36;

/** A reference's name, with the NUL that ends it. */
const LONGEST_NAME = 4096;

const RETURN = 0x0d;

/**
 * BAM inside its BGZF blocks (SAM specification, section 4.2): the header, the list of references, then records whose
 * sizes and references agree with them, up to the end. BGZF itself is `createBgzfUnpacker`'s.
 */
export function createBamParser(): FormatParser {
  return stepParser(bam);
}

function* bam(): Steps {
  const head = yield* take(8);
  if (head.toString('latin1', 0, 4) !== 'BAM\x01') throw new FormatFault('it does not begin as BAM');
  yield* headerText(size(head, 4));
  const references = size(yield* take(4), 0);
  for (let n = 0; n < references; n++) yield* reference();
  for (;;) {
    const record = yield* takeUnlessEnd(RECORD_HEAD);
    if (record === null) return;
    yield* pass(checkRecord(record, references));
  }
}

/** The text of the header may be padded with NUL, and has no other control characters. */
function* headerText(length: number): Steps {
  let padded = false;
  yield* pass(length, (part) => {
    for (const byte of part) {
      if (byte === 0) padded = true;
      else if (padded || (BYTE_CLASS[byte] === CONTROL && byte !== RETURN))
        throw new FormatFault('the text of the header has control characters');
    }
  });
}

function* reference(): Steps {
  const length = size(yield* take(4), 0);
  if (length < 2 || length > LONGEST_NAME) throw new FormatFault(`a reference's name has ${length} bytes`);
  const bytes = yield* take(length + 4);
  const name = bytes.toString('latin1', 0, length);
  if (!/^[!-()+-<>-~][!-~]*\0$/.test(name)) throw new FormatFault('a reference has a name that is none');
  size(bytes, length);
}

/** How many bytes follow the head of a record. */
function checkRecord(head: Buffer, references: number): number {
  const rest = size(head, 0) - (RECORD_HEAD - 4);
  const nameLength = head.readUInt8(12);
  const operations = head.readUInt16LE(16);
  const bases = size(head, 20);
  const needed = nameLength + 4 * operations + Math.ceil(bases / 2) + bases;
  if (nameLength === 0 || rest < needed)
    throw new FormatFault('a record is smaller than what it says it holds');
  for (const at of [4, 24]) {
    const reference = head.readInt32LE(at);
    if (reference < -1 || reference >= references)
      throw new FormatFault(`a record is on reference ${reference} of ${references}`);
  }
  return rest;
}

function size(bytes: Buffer, at: number): number {
  const value = bytes.readInt32LE(at);
  if (value < 0) throw new FormatFault('a length is negative');
  return value;
}
