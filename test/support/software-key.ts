import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  type KeyAssertion,
  type RelyingParty,
  type SecurityKey,
  userHandleOf,
} from '../../src/core/accounts/security-keys/security-key.ts';
import { type AccountId, newId } from '../../src/core/kit/ids.ts';

/** Flags of authenticator data (WebAuthn Level 3 section 6.1): user present, user verified. */
const [UP, UV] = [1, 4];

/** How a software key answers; what is left out is as a good key has it. */
interface AnswerOptions {
  readonly at: RelyingParty;
  readonly counter?: number;
  readonly flags?: number;
  readonly userHandle?: string | null;
  readonly type?: string;
}

/** A security key in software, ES256, that says what a test wants it to say, and signs it. */
export interface SoftwareKey {
  readonly row: SecurityKey;
  answer(challenge: string, options: AnswerOptions): KeyAssertion;
}

/** Makes a key of a person for the outside, as the ledger would have it. */
export function softwareKey(
  account: AccountId,
  rpId: string,
  changed: Partial<SecurityKey> = {},
): SoftwareKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const row: SecurityKey = {
    id: newId('wkey', now),
    account,
    side: 'outside',
    rpId,
    credentialId: randomBytes(16).toString('base64url'),
    publicKey: coseKey(publicKey),
    counter: 0,
    transports: ['usb'],
    name: 'key',
    verifiesUser: true,
    addedAt: now,
    lastUsedAt: null,
    ...changed,
  };
  return { row, answer: (challenge, options) => answerTo(row, privateKey, challenge, options) };
}

function answerTo(row: SecurityKey, key: KeyObject, challenge: string, options: AnswerOptions): KeyAssertion {
  const { at, counter = 0, flags = UP + UV, type = 'webauthn.get' } = options;
  const { userHandle = userHandleOf(row.account, row.side) } = options;
  const clientData = Buffer.from(JSON.stringify({ type, challenge, origin: at.origin, crossOrigin: false }));
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  const data = Buffer.concat([sha(at.id), Buffer.of(flags), count]);
  return {
    credentialId: row.credentialId,
    challenge,
    userHandle,
    clientData: clientData.toString('base64url'),
    authenticatorData: data.toString('base64url'),
    signature: sign('sha256', Buffer.concat([data, sha(clientData)]), key).toString('base64url'),
  };
}

/** An EC2 key as CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y} (RFC 9053 section 7.1.1). */
function coseKey(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const [head, second] = [Buffer.from('a5010203262001215820', 'hex'), Buffer.from('225820', 'hex')];
  return Uint8Array.from(
    Buffer.concat([head, Buffer.from(x, 'base64url'), second, Buffer.from(y, 'base64url')]),
  );
}

function sha(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
