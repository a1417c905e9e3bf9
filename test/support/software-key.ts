import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  type KeyAssertion,
  type KeyRegistration,
  type RelyingParty,
  type SecurityKey,
  userHandleOf,
} from '../../src/core/accounts/security-keys/security-key.ts';
import { type AccountId, newId } from '../../src/core/kit/ids.ts';

/** Flags of authenticator data (WebAuthn Level 3 section 6.1): user present, user verified, key attested. */
const [UP, UV, ATTESTED] = [1, 4, 64];

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
  /** The key as it is new, in answer to a challenge to make one (attestation `none`). */
  register(challenge: string, at: RelyingParty): KeyRegistration;
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
  return {
    row,
    answer: (challenge, options) => answerTo(row, privateKey, challenge, options),
    register: (challenge, at) => registrationOf(row, challenge, at),
  };
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

/** What an API takes of an answer. */
export function assertionJson(answer: KeyAssertion): Readonly<Record<string, unknown>> {
  const { credentialId: id, clientData: clientDataJSON, authenticatorData, signature, userHandle } = answer;
  return { id, clientDataJSON, authenticatorData, signature, userHandle };
}

/** What an API takes of a new key. */
export function registrationJson(made: KeyRegistration): Readonly<Record<string, unknown>> {
  const { credentialId: id, clientData: clientDataJSON, attestation: attestationObject, transports } = made;
  return { id, clientDataJSON, attestationObject, transports };
}

function registrationOf(row: SecurityKey, challenge: string, at: RelyingParty): KeyRegistration {
  const { credentialId, transports } = row;
  const type = 'webauthn.create';
  const clientData = Buffer.from(JSON.stringify({ type, challenge, origin: at.origin, crossOrigin: false }));
  const id = Buffer.from(credentialId, 'base64url');
  const [zero, length] = [Buffer.alloc(4 + 16), Buffer.of(0, id.length)];
  const flags = Buffer.of(ATTESTED + UP + (row.verifiesUser ? UV : 0));
  const data = Buffer.concat([sha(at.id), flags, zero, length, id, row.publicKey]);
  // {fmt: 'none', attStmt: {}, authData: data} (WebAuthn Level 3 section 6.5.4)
  const head = Buffer.concat([
    Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'),
    Buffer.of(0x58, data.length),
  ]);
  return {
    credentialId,
    challenge,
    clientData: clientData.toString('base64url'),
    attestation: Buffer.concat([head, data]).toString('base64url'),
    transports,
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
