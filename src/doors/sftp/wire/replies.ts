import { ATTRIBUTES_LENGTH, type Attributes, writeAttributes } from './attributes.ts';
import { MESSAGE, SFTP_VERSION, STATUS, type StatusCode } from './message-types.ts';

/** One line of a NAME reply: `longName` is what `ls -l` prints. */
export interface NameEntry {
  readonly name: string;
  readonly longName: string;
  readonly attributes: Attributes;
}

/** Before a reply's own fields: its length, its type, the request's id. */
const HEAD = 4 + 1 + 4;

/** Begins a reply of which `length` bytes of fields follow; they start at `HEAD`. */
function begin(type: number, id: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEAD + length);
  buffer.writeUInt32BE(HEAD - 4 + length, 0);
  buffer[4] = type;
  buffer.writeUInt32BE(id, 5);
  return buffer;
}

function writeString(buffer: Buffer, at: number, text: string): number {
  const length = buffer.write(text, at + 4);
  buffer.writeUInt32BE(length, at);
  return at + 4 + length;
}

/** STATUS (section 7). The message is a sentence for people, always sent; the language tag stays empty. */
export function statusReply(id: number, code: StatusCode, message: string): Buffer {
  const buffer = begin(MESSAGE.STATUS, id, 4 + 4 + Buffer.byteLength(message) + 4);
  buffer.writeUInt32BE(code, HEAD);
  buffer.writeUInt32BE(0, writeString(buffer, HEAD + 4, message));
  return buffer;
}

const OK = statusReply(0, STATUS.OK, '');

/** STATUS OK. */
export function okReply(id: number): Buffer {
  const buffer = Buffer.allocUnsafe(OK.length);
  OK.copy(buffer);
  buffer.writeUInt32BE(id, 5);
  return buffer;
}

/** HANDLE: handles are latin-1 strings here, one character for each byte. */
export function handleReply(id: number, handle: string): Buffer {
  const buffer = begin(MESSAGE.HANDLE, id, 4 + handle.length);
  buffer.writeUInt32BE(handle.length, HEAD);
  buffer.write(handle, HEAD + 4, 'latin1');
  return buffer;
}

/** What comes before the bytes of a DATA reply. */
export function dataHead(id: number, pieces: readonly { readonly bytes: Buffer }[]): Buffer {
  const length = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const head = Buffer.allocUnsafe(HEAD + 4);
  head.writeUInt32BE(HEAD + length, 0);
  head[4] = MESSAGE.DATA;
  head.writeUInt32BE(id, 5);
  head.writeUInt32BE(length, HEAD);
  return head;
}

/** ATTRS. */
export function attributesReply(id: number, attributes: Attributes): Buffer {
  const buffer = begin(MESSAGE.ATTRS, id, ATTRIBUTES_LENGTH);
  writeAttributes(buffer, HEAD, attributes);
  return buffer;
}

/** NAME. */
export function nameReply(id: number, entries: readonly NameEntry[]): Buffer {
  const lengths = entries.map(
    (entry) => 8 + Buffer.byteLength(entry.name) + Buffer.byteLength(entry.longName) + ATTRIBUTES_LENGTH,
  );
  const buffer = begin(
    MESSAGE.NAME,
    id,
    lengths.reduce((sum, length) => sum + length, 4),
  );
  let at = buffer.writeUInt32BE(entries.length, HEAD);
  for (const entry of entries) {
    at = writeString(buffer, at, entry.name);
    at = writeString(buffer, at, entry.longName);
    at = writeAttributes(buffer, at, entry.attributes);
  }
  return buffer;
}

/** VERSION (section 4), with the extensions that are offered. */
export function versionReply(extensions: readonly (readonly [name: string, data: string])[]): Buffer {
  const length = extensions.flat().reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0);
  const buffer = begin(MESSAGE.VERSION, SFTP_VERSION, length);
  let at = HEAD;
  for (const text of extensions.flat()) at = writeString(buffer, at, text);
  return buffer;
}

/** EXTENDED_REPLY of a digest, as check-file answers (draft-ietf-secsh-filexfer-extensions-00 section 3). */
export function digestReply(id: number, algorithm: string, digest: Buffer): Buffer {
  const names = ['check-file', algorithm];
  const length = names.reduce((sum, text) => sum + 4 + text.length, digest.length);
  const buffer = begin(MESSAGE.EXTENDED_REPLY, id, length);
  let at = HEAD;
  for (const text of names) at = writeString(buffer, at, text);
  digest.copy(buffer, at);
  return buffer;
}

/** EXTENDED_REPLY of numbers, as limits@openssh.com and statvfs@openssh.com answer. */
export function numbersReply(id: number, numbers: readonly number[]): Buffer {
  const buffer = begin(MESSAGE.EXTENDED_REPLY, id, 8 * numbers.length);
  let at = HEAD;
  for (const number of numbers) at = buffer.writeBigUInt64BE(BigInt(number), at);
  return buffer;
}
