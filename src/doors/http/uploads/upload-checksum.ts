import { createHash, type Hash } from 'node:crypto';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';

/** What Upload-Checksum may use, best first (tus 1.0, checksum: sha1 is the one that every server has to know). */
export const CHECKSUM_ALGORITHMS = ['sha256', 'sha1', 'md5'] as const;

const LENGTHS = { sha256: 32, sha1: 20, md5: 16 } as const;

/** The checksum that a client sent along with one request's bytes. */
export interface UploadChecksum {
  /** Takes the next bytes. */
  update(chunk: Uint8Array): void;
  /** Whether all bytes taken so far have the checksum that was sent. To be asked once, at the end. */
  matches(): boolean;
}

/** Parses Upload-Checksum, an algorithm and a base64 digest; null when it was not sent. */
export function parseUploadChecksum(
  header: string | undefined,
): Result<UploadChecksum | null, 'checksum-invalid'> {
  if (header === undefined) return accept(null);
  const [, name, text = ''] = /^([a-z0-9]+) ([A-Za-z0-9+/]+={0,2})$/.exec(header) ?? [];
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name);
  const expected = Buffer.from(text, 'base64');
  if (algorithm === undefined || expected.length !== LENGTHS[algorithm]) return refuse('checksum-invalid');
  return accept(createChecksum(createHash(algorithm), expected));
}

function createChecksum(hash: Hash, expected: Buffer): UploadChecksum {
  return {
    update: (chunk) => void hash.update(chunk),
    matches: () => hash.digest().equals(expected),
  };
}
