import { createHash } from 'node:crypto';

declare const brand: unique symbol;

/** A SHA-256 digest (FIPS 180-4) as 64 lowercase hexadecimal digits. */
export type Sha256 = string & { readonly [brand]: 'sha256' };

/** Returns the text as a digest, or null when it is not 64 lowercase hexadecimal digits. */
export function parseSha256(text: string): Sha256 | null {
  return /^[0-9a-f]{64}$/.test(text) ? (text as Sha256) : null;
}

/** The SHA-256 of a short value held in memory; files are digested by the inspector. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Sha256 {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex') as Sha256;
}
