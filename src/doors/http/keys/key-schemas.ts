import { z } from 'zod';
import type { KeyRequest } from '../../../core/accounts/security-keys/challenges.ts';
import {
  CHALLENGE_LIFE,
  type KeyAssertion,
  type KeyRegistration,
} from '../../../core/accounts/security-keys/security-key.ts';

const base64url = (most: number) =>
  z
    .string()
    .regex(/^[\w-]+$/)
    .max(most);

const credentialId = base64url(1400).describe('Base64url, as all bytes here.');

/** What a browser's `navigator.credentials.get` gave (WebAuthn Level 3 section 5.1.4), without what is not looked at. */
export const assertionSchema = z
  .strictObject({
    id: credentialId,
    clientDataJSON: base64url(4096),
    authenticatorData: base64url(2048),
    signature: base64url(8192),
    userHandle: base64url(128).nullable(),
  })
  .meta({ id: 'KeyAssertion' });

/** What a browser's `navigator.credentials.create` gave (WebAuthn Level 3 section 5.1.3). */
export const registrationSchema = z
  .strictObject({
    id: credentialId,
    clientDataJSON: base64url(4096),
    attestationObject: base64url(65_536),
    transports: z.array(z.string().regex(/^[a-z-]{1,32}$/)).refine((all) => all.length <= 8, 'too many'),
  })
  .meta({ id: 'KeyRegistration' });

const described = z.strictObject({
  id: z.string(),
  type: z.literal('public-key'),
  transports: z.array(z.string()),
});

/** What `navigator.credentials.get` is asked (WebAuthn Level 3 section 5.5). */
export const requestSchema = z
  .strictObject({
    challenge: z.string(),
    rpId: z.string(),
    timeout: z.number(),
    userVerification: z.enum(['required', 'discouraged']),
    allowCredentials: z.array(described),
  })
  .meta({ id: 'KeyRequest' });

/** The request that a browser puts to keys. Alone, a key has to verify who holds it. */
export function requestOf(
  request: KeyRequest,
  rpId: string,
  userVerification: 'required' | 'discouraged',
): z.input<typeof requestSchema> {
  const { challenge, keys } = request;
  return { challenge, rpId, timeout: CHALLENGE_LIFE, userVerification, allowCredentials: describeKeys(keys) };
}

/** Keys as a browser is told of them. */
export function describeKeys(keys: KeyRequest['keys']): z.input<typeof described>[] {
  return keys.map(({ credentialId: id, transports }) => ({
    id,
    type: 'public-key',
    transports: [...transports],
  }));
}

/** An answer as the core takes it; one that names no challenge answers none. */
export function toAssertion(given: z.output<typeof assertionSchema>): KeyAssertion {
  const { id, clientDataJSON, authenticatorData, signature, userHandle } = given;
  const challenge = challengeIn(clientDataJSON);
  return {
    credentialId: id,
    challenge,
    userHandle,
    clientData: clientDataJSON,
    authenticatorData,
    signature,
  };
}

/** A new key as the core takes it. */
export function toRegistration(given: z.output<typeof registrationSchema>): KeyRegistration {
  const { id, clientDataJSON, attestationObject, transports } = given;
  const challenge = challengeIn(clientDataJSON);
  return {
    credentialId: id,
    challenge,
    clientData: clientDataJSON,
    attestation: attestationObject,
    transports,
  };
}

/** The challenge that client data (WebAuthn Level 3 section 5.8.1) say they answer. Nothing is verified by it. */
function challengeIn(clientDataJSON: string): string {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8')) as {
      readonly challenge?: unknown;
    };
    return typeof challenge === 'string' ? challenge : '';
  } catch {
    return '';
  }
}
