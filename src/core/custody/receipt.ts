import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson, type JsonObject } from '../kit/canonical-json.ts';
import { sha256 } from '../kit/digest.ts';
import { accept, type Result, refuse } from '../kit/result.ts';

/** What a receipt says. Times are ISO 8601 in UTC, sizes bytes, digests lowercase hexadecimal. */
export interface ReceiptBody {
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
  readonly checks: readonly {
    readonly check: string;
    readonly outcome: string;
    readonly detail: string | null;
    readonly version: string;
  }[];
}

/** Signed proof of what was received: the body, and an Ed25519 signature (RFC 8032) over its canonical JSON. */
export interface SignedReceipt {
  readonly body: ReceiptBody;
  readonly signature: {
    readonly algorithm: 'Ed25519';
    /** `SHA256:` and the base64 digest of the public key in SPKI DER form. */
    readonly keyId: string;
    /** base64 */
    readonly value: string;
  };
}

/** Signs receipts. Opened only by workers. */
export interface ReceiptSigner {
  sign(body: ReceiptBody): SignedReceipt;
}

/** The name of a public key: `SHA256:` and the base64 digest of its SPKI DER form. */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `SHA256:${Buffer.from(sha256(der), 'hex').toString('base64').replace(/=+$/, '')}`;
}

/** A signer on an Ed25519 private key. */
export function createReceiptSigner(privateKey: KeyObject): ReceiptSigner {
  const keyId = keyIdOf(createPublicKey(privateKey));
  return {
    sign(body) {
      const value = sign(null, signedBytes(body), privateKey).toString('base64');
      return { body, signature: { algorithm: 'Ed25519', keyId, value } };
    },
  };
}

/** Why a receipt does not prove anything. */
export type ReceiptFault = 'receipt-malformed' | 'receipt-other-key' | 'receipt-altered';

/**
 * Checks a receipt against a public key, offline. The text may have been reformatted; any change of a value is
 * found, because the signature is over the canonical form.
 */
export function verifyReceipt(text: string, publicKey: KeyObject): Result<ReceiptBody, ReceiptFault> {
  const receipt = parseReceipt(text);
  if (receipt === null) return refuse('receipt-malformed', 'this is not a receipt');
  const { body, signature } = receipt;
  const expected = keyIdOf(publicKey);
  if (signature.keyId !== expected) {
    return refuse('receipt-other-key', `signed by ${signature.keyId}, the key given is ${expected}`);
  }
  const value = Buffer.from(signature.value, 'base64');
  if (!verify(null, signedBytes(body), publicKey, value)) {
    return refuse('receipt-altered', 'the signature does not match: the receipt was changed');
  }
  return accept(body);
}

function parseReceipt(text: string): SignedReceipt | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isReceipt(value) ? value : null;
}

function isReceipt(value: unknown): value is SignedReceipt {
  if (!isRecord(value) || !isRecord(value['body']) || !isRecord(value['signature'])) return false;
  const { body, signature } = value;
  return (
    body['kind'] === 'havengate-receipt' &&
    body['version'] === 1 &&
    [body['file'], body['owner'], body['arrival']].every(isRecord) &&
    Array.isArray(body['checks']) &&
    signature['algorithm'] === 'Ed25519' &&
    typeof signature['keyId'] === 'string' &&
    typeof signature['value'] === 'string'
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A prefix of its own keeps a signature from being used for anything else that the key may sign. */
function signedBytes(body: ReceiptBody): Uint8Array {
  const { file, owner, arrival, checks, ...flat } = body;
  const json: JsonObject = {
    ...flat,
    file: { ...file },
    owner: { ...owner },
    arrival: { ...arrival },
    checks: checks.map((check) => ({ ...check })),
  };
  return Buffer.from(`havengate-receipt-v1\n${canonicalJson(json)}`);
}
