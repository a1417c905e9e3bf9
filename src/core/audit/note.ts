import { verify } from 'node:crypto';
import { decodeBase64, type NoteSigner, type NoteVerifier } from './note-key.ts';

/** What a signature line begins with: an em dash (U+2014) and a space. */
export const SIGNATURE_MARK = '\u2014 ';

const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;

/** A signed note (C2SP signed-note) in its parts. Nothing is verified yet. */
export interface Note {
  /** What is signed, with the line break at its end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** One line of signature. */
interface NoteSignature {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** Signs a text, which ends with a line break: text, an empty line, and one line of signature. */
export function signNote(text: string, signer: NoteSigner): string {
  if (!text.endsWith('\n')) throw new Error('the text of a note ends with a line break');
  const value = Buffer.concat([Buffer.from(signer.keyId, 'hex'), signer.sign(text)]).toString('base64');
  return `${text}\n${SIGNATURE_MARK}${signer.name} ${value}\n`;
}

/** Takes a note apart at its last empty line; null when it is none. */
export function parseNote(envelope: string): Note | null {
  const end = envelope.lastIndexOf('\n\n');
  if (end < 0 || !envelope.endsWith('\n')) return null;
  const lines = envelope.slice(end + 2, -1).split('\n');
  const signatures = lines.map(parseSignature).filter((one) => one !== null);
  return signatures.length === lines.length ? { text: envelope.slice(0, end + 1), signatures } : null;
}

/**
 * Whether a note carries a good signature of this key. `unsigned`: none by it at all; signatures by other keys say
 * nothing. `malformed`: one that no Ed25519 key has made, as a file that was cut off leaves behind.
 */
export function checkSignature(note: Note, by: NoteVerifier): 'good' | 'bad' | 'unsigned' | 'malformed' {
  const own = note.signatures.filter(({ name, keyId }) => name === by.name && keyId === by.keyId);
  if (own.length === 0) return 'unsigned';
  if (own.some(({ signature }) => signature.length !== SIGNATURE_BYTES)) return 'malformed';
  const text = Buffer.from(note.text);
  return own.every(({ signature }) => verify(null, text, by.publicKey, signature)) ? 'good' : 'bad';
}

function parseSignature(line: string): NoteSignature | null {
  const [, name = '', encoded = ''] = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (bytes === null || bytes.length <= KEY_ID_BYTES) return null;
  const keyId = bytes.subarray(0, KEY_ID_BYTES).toString('hex');
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES) };
}
