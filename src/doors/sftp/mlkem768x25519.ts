import {
  createHash,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/**
 * A key exchange that a door adds to those of ssh2. Each side sends one share; what both know then is a string, and
 * not a number. A share that is no good makes it throw, and ends the handshake.
 */
export interface AddedKeyExchange {
  /** The hash of the exchange, and of the keys that are derived. */
  readonly hashName: 'sha256';
  /** The client's half: its share, and the secret from the server's reply. */
  begin(): { readonly share: Buffer; finish(reply: Buffer): Buffer };
  /** The server's half. */
  answer(share: Buffer): { readonly reply: Buffer; readonly secret: Buffer };
}

/** The private halves of a client's share. */
export interface ClientKeys {
  readonly kem: KeyObject;
  readonly dh: KeyObject;
}

/** FIPS 203, table 3. */
const KEM_PUBLIC = 1184;
const KEM_CIPHERTEXT = 1088;
/** RFC 7748. */
const DH_PUBLIC = 32;

/** What stands before the bytes of a public key in its SubjectPublicKeyInfo. */
const KEM_PREFIX = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');
const DH_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/**
 * `mlkem768x25519-sha256` (draft-ietf-sshm-mlkem-hybrid-kex): ML-KEM-768 against the computers to come, X25519 against
 * those of today, and a secret that is as strong as the stronger of both.
 */
export const mlkem768x25519: AddedKeyExchange = {
  hashName: 'sha256',

  begin() {
    const kem = generateKeyPairSync('ml-kem-768').privateKey;
    const dh = generateKeyPairSync('x25519').privateKey;
    return { share: shareOf({ kem, dh }), finish: (reply) => secretFromReply({ kem, dh }, reply) };
  },

  answer(share) {
    const [kemPublic, dhPublic] = split(share, KEM_PUBLIC);
    const { ciphertext, sharedKey } = encapsulate(publicKey(KEM_PREFIX, kemPublic));
    const own = generateKeyPairSync('x25519');
    const secret = combine(sharedKey, agree(own.privateKey, dhPublic));
    return { reply: Buffer.concat([ciphertext, rawPublic(own.publicKey, DH_PUBLIC)]), secret };
  },
};

/** Whether this Node can do it: one that is built with an older OpenSSL cannot. */
export function hasMlKem(): boolean {
  try {
    generateKeyPairSync('ml-kem-768');
    return true;
  } catch {
    return false;
  }
}

/** What a client sends (`C_INIT`). */
export function shareOf({ kem, dh }: ClientKeys): Buffer {
  return Buffer.concat([
    rawPublic(createPublicKey(kem), KEM_PUBLIC),
    rawPublic(createPublicKey(dh), DH_PUBLIC),
  ]);
}

/** The secret from what a server replied (`S_REPLY`). */
export function secretFromReply({ kem, dh }: ClientKeys, reply: Buffer): Buffer {
  const [ciphertext, dhPublic] = split(reply, KEM_CIPHERTEXT);
  return combine(decapsulate(kem, ciphertext), agree(dh, dhPublic));
}

/** K = SHA-256(K_PQ || K_CL). */
function combine(kem: Uint8Array, dh: Uint8Array): Buffer {
  return createHash('sha256').update(kem).update(dh).digest();
}

/** OpenSSL refuses a result of only zeros itself, as RFC 7748 section 6.1 asks for. */
function agree(privateKey: KeyObject, theirs: Buffer): Buffer {
  return diffieHellman({ privateKey, publicKey: publicKey(DH_PREFIX, theirs) });
}

/** OpenSSL refuses an ML-KEM key whose numbers are not reduced (FIPS 203 section 7.2) itself. */
function publicKey(prefix: Buffer, raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' });
}

function rawPublic(key: KeyObject, length: number): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-length);
}

/** A share is the part for ML-KEM, then the one for X25519, and nothing else. */
function split(share: Buffer, kemLength: number): readonly [kem: Buffer, dh: Buffer] {
  if (share.length !== kemLength + DH_PUBLIC)
    throw new Error(`a share of ${share.length} bytes, where ${kemLength + DH_PUBLIC} are due`);
  return [share.subarray(0, kemLength), share.subarray(kemLength)];
}
