import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { sha256 } from '../kit/digest.ts';

/** Ed25519 in a signed note (C2SP signed-note, "Signature types"). */
const ED25519 = 0x01;

const KEY_BYTES = 32;

/** What stands before the 32 bytes of an Ed25519 public key in SPKI DER (RFC 8410 section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key with the name that it signs notes under. */
export interface NoteVerifier {
  readonly name: string;
  /** The first 4 bytes of SHA-256(name, 0x0A, 0x01, public key), as 8 hexadecimal digits. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

/** What signs notes. Opened by workers, and by the verbs that sign. */
export interface NoteSigner extends NoteVerifier {
  /** The Ed25519 signature (RFC 8032) over the bytes of a text. */
  sign(text: string): Uint8Array;
}

/** A name that may sign notes: not empty, without white space and `+`. */
function isNoteName(name: string): boolean {
  return /^[^\s+]+$/u.test(name);
}

/** A verifier on an Ed25519 public key. Throws on a name that is empty or has white space or `+` in it. */
export function createNoteVerifier(name: string, publicKey: KeyObject): NoteVerifier {
  if (!isNoteName(name)) throw new Error('a name that signs notes has neither white space nor "+"');
  return { name, keyId: keyIdOf(name, rawKey(publicKey)), publicKey };
}

/** A signer on an Ed25519 private key. Throws on a name that is empty or has white space or `+` in it. */
export function createNoteSigner(name: string, privateKey: KeyObject): NoteSigner {
  return {
    ...createNoteVerifier(name, createPublicKey(privateKey)),
    sign: (text) => sign(null, Buffer.from(text), privateKey),
  };
}

/** The verifier key as text (C2SP signed-note): name, key id and base64 of 0x01 and the public key, joined by `+`. */
export function formatVerifierKey({ name, keyId, publicKey }: NoteVerifier): string {
  return `${name}+${keyId}+${Buffer.concat([Buffer.of(ED25519), rawKey(publicKey)]).toString('base64')}`;
}

/** Reads a verifier key of Ed25519; null when it is none, or when its key id is not that of its key. */
export function parseVerifierKey(text: string): NoteVerifier | null {
  const [, name = '', keyId = '', encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text) ?? [];
  const data = decodeBase64(encoded);
  if (data === null || data.length !== KEY_BYTES + 1 || data[0] !== ED25519) return null;
  const raw = data.subarray(1);
  if (keyIdOf(name, raw) !== keyId) return null;
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, raw]),
    format: 'der',
    type: 'spki',
  });
  return { name, keyId, publicKey };
}

/** Decodes RFC 4648 base64 with padding; null for every other spelling, so that one value has one text. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function rawKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-KEY_BYTES);
}

function keyIdOf(name: string, raw: Uint8Array): string {
  return sha256(name, '\n', Uint8Array.of(ED25519), raw).slice(0, 8);
}
