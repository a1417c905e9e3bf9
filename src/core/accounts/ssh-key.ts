import { createHash } from 'node:crypto';
import type { Instant } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { SshKey } from './account.ts';

/** The key types that are taken; RSA only from 2048 bits and only with SHA-2 signatures (RFC 8332). */
const ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
] as const;

const SHORTEST_RSA_BITS = 2048;

const ED25519_BYTES = 32;

/** Parses one line of an OpenSSH public key file: `algorithm base64 [comment]`. */
export function parseSshKey(line: string, now: Instant): Result<SshKey, 'ssh-key-invalid'> {
  const [algorithm = '', blob = '', ...comment] = line.trim().split(/\s+/);
  if (algorithm.startsWith('-----'))
    return refuse('ssh-key-invalid', 'this is a private key; give the .pub file');
  if (algorithm.includes('-cert-')) {
    return refuse(
      'ssh-key-invalid',
      'this is a certificate, which says nothing here; give the .pub file of its key',
    );
  }
  if (algorithm === 'ssh-dss') {
    return refuse('ssh-key-invalid', 'DSA keys are broken; make a new one with `ssh-keygen -t ed25519`');
  }
  if (!ALGORITHMS.some((known) => known === algorithm)) {
    return refuse('ssh-key-invalid', `"${algorithm.slice(0, 40)}" is not one of ${ALGORITHMS.join(', ')}`);
  }
  const bytes = Buffer.from(blob, 'base64');
  const [named, ...fields] = readStrings(bytes) ?? [];
  if (named?.toString('latin1') !== algorithm || !hasItsParts(algorithm, fields))
    return refuse('ssh-key-invalid', 'the key is damaged');
  if (algorithm === 'ssh-rsa' && bitsOf(fields[1]) < SHORTEST_RSA_BITS) {
    return refuse(
      'ssh-key-invalid',
      'an RSA key needs at least 2048 bits; make a new key with `ssh-keygen -t ed25519`',
    );
  }
  const fingerprint = `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
  const canonical = bytes.toString('base64');
  return accept({
    id: newId('skey', now),
    algorithm,
    blob: canonical,
    fingerprint,
    comment: comment.join(' '),
    addedAt: now,
  });
}

/** RFC 8709 section 4, RFC 5656 section 3.1, RFC 4253 section 6.6: what follows the name of the algorithm. */
function hasItsParts(algorithm: string, fields: readonly Buffer[]): boolean {
  if (algorithm === 'ssh-ed25519') return fields.length === 1 && fields[0]?.length === ED25519_BYTES;
  if (fields.length !== 2) return false;
  return algorithm === 'ssh-rsa' || fields[0]?.toString('latin1') === algorithm.replace('ecdsa-sha2-', '');
}

/** The length of a number (RFC 4251 section 5, mpint). */
function bitsOf(mpint: Buffer | undefined): number {
  const hex = mpint?.toString('hex').replace(/^0+/, '') ?? '';
  return hex === '' ? 0 : BigInt(`0x${hex}`).toString(2).length;
}

/** The length-prefixed strings of a key blob (RFC 4251 section 5), or null when it does not end where it says. */
function readStrings(bytes: Buffer): Buffer[] | null {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length && fields.length > 1 ? fields : null;
}
