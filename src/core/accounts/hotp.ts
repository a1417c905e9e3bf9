import { createHmac } from 'node:crypto';

/** The hashes that codes are made with. */
export const OTP_HASHES = ['sha1', 'sha256', 'sha512'] as const;
export type OtpHash = (typeof OTP_HASHES)[number];

/** The code of a counter: HOTP (RFC 4226 section 5.3), by any of the hashes of RFC 6238 section 1.2. */
export function hotpCode(key: Uint8Array, counter: number, digits: number, hash: OtpHash): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac(hash, key).update(message).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}
