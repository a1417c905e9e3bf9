import type { DocumentSigner, SignedDocument } from './signed-document.ts';

/** What a receipt says. Times are ISO 8601 in UTC, sizes bytes, digests lowercase hexadecimal. */
export type ReceiptBody = {
  readonly kind: 'havengate-receipt';
  readonly version: 1;
  readonly receiptId: string;
  readonly site: string;
  readonly file: {
    readonly id: string;
    /** The path that the person sent it to, below their arrivals. */
    readonly path: string;
    readonly size: number;
    readonly sha256: string;
    readonly contentType: string | null;
  };
  readonly owner: { readonly account: string; readonly name: string };
  readonly door: string;
  readonly receivedAt: string;
  readonly arrivedAt: string;
  readonly expiresAt: string;
  /** Where the bytes are inside; another file's path when the same bytes were there already. */
  readonly arrival: { readonly file: string; readonly path: string };
  /** `off` when the site does not scan for malware. */
  readonly scan: 'on' | 'off';
  /** The label of bytes that were too large for the scanner, with the format whose structure was checked instead. */
  readonly unscanned?: string;
  readonly checks: readonly {
    readonly check: string;
    readonly outcome: string;
    readonly detail: string | null;
    readonly version: string;
  }[];
};

/** Signed proof of what was received. */
export type SignedReceipt = SignedDocument<ReceiptBody>;

/** Signs receipts. */
export type ReceiptSigner = DocumentSigner<ReceiptBody>;
