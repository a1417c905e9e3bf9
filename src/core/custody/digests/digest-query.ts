/** The digests that people can ask for, as Node names them. */
export const DIGEST_KINDS = ['md5', 'sha1', 'sha256'] as const;
export type DigestKind = (typeof DIGEST_KINDS)[number];

/** What somebody wants to know of a file. */
export interface DigestQuery {
  readonly kind: DigestKind;
  /** Ends the reading: what is asked then rejects with the signal's reason. Null: nothing is to be read for it. */
  readonly signal: AbortSignal | null;
}

/**
 * Why a digest is not told.
 * - `not-complete`: the bytes are still coming, or being sealed.
 * - `changed-meanwhile`: the upload was opened again while it was read.
 * - `bytes-elsewhere`: the bytes have left the airlock, Arrivals and outbound, and the digest was never computed.
 * - `digest-differs`: the disk does not hold what the ledger says. An operator was told.
 * - `not-computed`: it is not in the ledger, and nothing was to be read.
 */
export type DigestRefusal =
  | 'not-complete'
  | 'changed-meanwhile'
  | 'bytes-elsewhere'
  | 'digest-differs'
  | 'not-computed';
