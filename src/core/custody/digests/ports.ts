import type { Sha256 } from '../../kit/digest.ts';

/** Digests of the same bytes that people compare with, in lowercase hexadecimal. They prove nothing: both are broken. */
export interface WeakDigests {
  readonly md5: string;
  readonly sha1: string;
}

/** Digests that were computed on request, kept by the SHA-256 of the very bytes: they stay true wherever those are. */
export interface DigestsLedger {
  /** Null when nobody asked for these bytes before. */
  keptDigests(sha256: Sha256): Promise<WeakDigests | null>;
  /** Idempotent. */
  keepDigests(sha256: Sha256, digests: WeakDigests): Promise<void>;
}
