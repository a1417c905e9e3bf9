import type { DocumentSigner, SignedDocument } from '../signed-document.ts';

/**
 * What a certificate of destruction says: that we unlinked the last name of the bytes that we know, when and by
 * which rule. It claims no more: `medium` repeats what the site has configured of its volume, and `linkCount` tells
 * whether other names remained. Times are ISO 8601 in UTC, sizes bytes, digests lowercase hexadecimal.
 */
export type CertificateBody = {
  readonly kind: 'havengate-certificate';
  readonly version: 1;
  readonly certificateId: string;
  readonly site: string;
  readonly file: {
    readonly id: string;
    /**
     * The path in the person's Arrivals, or the one that it was sent to when it never arrived. Of a file that leaves
     * `/outbound/<share>/…`: with the slash at the beginning, which no path of Arrivals has.
     */
    readonly path: string;
    readonly size: number;
    /** Null when the file was never inspected. */
    readonly sha256: string | null;
  };
  readonly owner: { readonly account: string; readonly name: string };
  readonly receivedAt: string | null;
  readonly arrivedAt: string | null;
  readonly destroyedAt: string;
  /** The rule that it was destroyed by, such as `arrivals/v1`, or whose decision it was. */
  readonly rule: string;
  readonly method: 'unlink';
  /** Names that the bytes still had after the unlink; null when a crash kept us from counting. */
  readonly linkCount: number | null;
  readonly medium: { readonly encryption: string; readonly snapshots: string; readonly backups: string };
};

/** Signed proof of a destruction. */
export type SignedCertificate = SignedDocument<CertificateBody>;

/** Signs certificates. */
export type CertificateSigner = DocumentSigner<CertificateBody>;
