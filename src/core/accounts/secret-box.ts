import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE = 12;
const TAG = 16;

/** Seals small secrets that must be read again (TOTP keys), so that the ledger alone does not reveal them. */
export interface SecretBox {
  /** `context` binds the box to its owner: opening it under another context fails. */
  seal(secret: Uint8Array, context: string): Uint8Array;
  /** Throws when the box was changed, or was sealed under another key or context. */
  open(sealed: Uint8Array, context: string): Uint8Array;
}

/** AES-256-GCM under a 32-byte key: nonce, ciphertext, tag. */
export function createSecretBox(key: Uint8Array): SecretBox {
  return {
    seal(secret, context) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(bytes.length - TAG));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE, bytes.length - TAG)), decipher.final()]);
    },
  };
}
