import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson, type Json, type JsonObject } from '../kit/canonical-json.ts';
import { sha256 } from '../kit/digest.ts';
import { accept, type Result, refuse } from '../kit/result.ts';

/** What a signed document is. Part of what is signed: a receipt can never pass for a certificate. */
export type DocumentKind = 'havengate-receipt' | 'havengate-certificate' | 'havengate-backup';

/** A document: its body, and an Ed25519 signature (RFC 8032) over the body's canonical JSON (RFC 8785). */
export interface SignedDocument<Body> {
  readonly body: Body;
  readonly signature: {
    readonly algorithm: 'Ed25519';
    /** `SHA256:` and the base64 digest of the public key in SPKI DER form. */
    readonly keyId: string;
    /** base64 */
    readonly value: string;
  };
}

/** Signs documents of one kind. Opened only by workers, and by the one verb that issues certificates. */
export interface DocumentSigner<Body> {
  sign(body: Body): SignedDocument<Body>;
}

/** The name of a public key: `SHA256:` and the base64 digest of its SPKI DER form. */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `SHA256:${Buffer.from(sha256(der), 'hex').toString('base64').replace(/=+$/, '')}`;
}

/** A signer on an Ed25519 private key, for bodies that say their kind and version. */
export function createSigner<Body extends JsonObject & { readonly kind: DocumentKind }>(
  privateKey: KeyObject,
): DocumentSigner<Body> {
  const keyId = keyIdOf(createPublicKey(privateKey));
  return {
    sign(body) {
      const value = sign(null, signedBytes(body.kind, body), privateKey).toString('base64');
      return { body, signature: { algorithm: 'Ed25519', keyId, value } };
    },
  };
}

/** Why a document does not prove anything. */
export type DocumentFault = 'document-malformed' | 'document-other-key' | 'document-altered';

/**
 * Checks a document against a public key, offline. The text may have been reformatted; any change of a value is
 * found, because the signature is over the canonical form.
 */
export function verifyDocument<Body extends JsonObject & { readonly kind: DocumentKind }>(
  text: string,
  kind: Body['kind'],
  publicKey: KeyObject,
): Result<Body, DocumentFault> {
  const document = parseDocument(text, kind);
  if (document === null) return refuse('document-malformed', `this is not a ${kind}`);
  const { body, keyId, value } = document;
  const expected = keyIdOf(publicKey);
  if (keyId !== expected) {
    return refuse('document-other-key', `signed by ${keyId}, the key given is ${expected}`);
  }
  if (!verify(null, signedBytes(kind, body), publicKey, Buffer.from(value, 'base64'))) {
    return refuse('document-altered', 'the signature does not match: the document was changed');
  }
  // Only we can have signed it, so it has the shape that we gave it.
  return accept(body as Body);
}

/** A prefix of its own keeps a signature from being used for anything else that the key may sign. */
function signedBytes(kind: DocumentKind, body: JsonObject): Uint8Array {
  return Buffer.from(`${kind}-v1\n${canonicalJson(body)}`);
}

function parseDocument(
  text: string,
  kind: DocumentKind,
): { readonly body: JsonObject; readonly keyId: string; readonly value: string } | null {
  const document = parseJson(text);
  const body = memberOf(document, 'body');
  const signature = memberOf(document, 'signature');
  const [keyId, value] = [memberOf(signature, 'keyId'), memberOf(signature, 'value')];
  if (!isObject(body) || typeof keyId !== 'string' || typeof value !== 'string') return null;
  const known = body['kind'] === kind && body['version'] === 1;
  return known && memberOf(signature, 'algorithm') === 'Ed25519' ? { body, keyId, value } : null;
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function memberOf(value: Json, name: string): Json {
  return isObject(value) ? (value[name] ?? null) : null;
}
