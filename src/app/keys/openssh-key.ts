import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** A key pair as OpenSSH keeps it in files. */
export interface OpensshKeyPair {
  /** The private file, without a passphrase. */
  readonly privateText: string;
  /** The line of the `.pub` file. */
  readonly publicLine: string;
  /** `SHA256:` and base64, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

const MAGIC = 'openssh-key-v1\0';

/** Makes an Ed25519 key in OpenSSH's own format (PROTOCOL.key), which ssh and every client of the last decade read. */
export function makeEd25519Key(comment: string): OpensshKeyPair {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const publicKey = fromBase64Url(jwk.x);
  const seed = fromBase64Url(jwk.d);
  const blob = Buffer.concat([string('ssh-ed25519'), string(publicKey)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    blob,
    string(Buffer.concat([seed, publicKey])),
    string(comment),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (secret.length % 8)) % 8);
  const file = Buffer.concat([
    Buffer.from(MAGIC),
    string('none'),
    string('none'),
    string(''),
    uint32(1),
    string(blob),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  const privateText = [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    ...lines,
    '-----END OPENSSH PRIVATE KEY-----',
    '',
  ].join('\n');
  return { privateText, ...publicParts('ssh-ed25519', blob, comment) };
}

/** Makes an RSA key of 3072 bits in PKCS #1 PEM, which OpenSSH reads too. Takes a good part of a second. */
export function makeRsaKey(comment: string): OpensshKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const privateText = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  return { privateText, ...publicParts('ssh-rsa', rsaBlob(publicKey), comment) };
}

function rsaBlob(publicKey: KeyObject): Buffer {
  const { e, n } = publicKey.export({ format: 'jwk' });
  return Buffer.concat([string('ssh-rsa'), mpint(fromBase64Url(e)), mpint(fromBase64Url(n))]);
}

function publicParts(
  algorithm: string,
  blob: Buffer,
  comment: string,
): Pick<OpensshKeyPair, 'publicLine' | 'fingerprint'> {
  return {
    publicLine: `${algorithm} ${blob.toString('base64')} ${comment}\n`,
    fingerprint: fingerprintOf(blob),
  };
}

/** The fingerprint of a public key blob, as ssh-keygen prints it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function fromBase64Url(text: string | undefined): Buffer {
  if (text === undefined) throw new Error('the key that was just made lacks a part');
  return Buffer.from(text, 'base64url');
}

/** RFC 4251 section 5: `string`. */
function string(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** RFC 4251 section 5: `mpint`; a first bit of 1 would mean a negative number. */
function mpint(value: Buffer): Buffer {
  return string((value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), value]) : value);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
