import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import type { KeyAssertion, KeyCreation, KeyRegistration, KeyRequest, Site } from '../api/types.ts';

/** What browsers call it when keys could not be asked, in words: what happened, and what to do next. */
const FAULTS: Readonly<Record<string, string>> = {
  NotAllowedError: 'No key was used: that was stopped, or took too long. Nothing was done. Try again.',
  AbortError: 'No key was used: that was stopped. Nothing was done. Try again.',
  InvalidStateError: 'You have added this key before. Nothing was changed. Choose another one.',
  SecurityError: 'Security keys do not work at this address. Open this portal by its own name.',
  NotSupportedError: 'This key is of a kind that is not taken here. Nothing was changed. Use another one.',
};

/** Whether this browser can use keys at all. */
export function canUseKeys(): boolean {
  return globalThis.PublicKeyCredential !== undefined;
}

/** Whether keys can be used on this very page: they are made for one address. */
export function areKeysHere({ keysAt }: Pick<Site, 'keysAt'>): boolean {
  return keysAt === globalThis.location.origin && canUseKeys();
}

/** Has a key answer a challenge. Throws in words for people. */
export async function askKey(request: KeyRequest): Promise<KeyAssertion> {
  // Of the API's types, ours are checked on its side.
  const optionsJSON = request as unknown as PublicKeyCredentialRequestOptionsJSON;
  const { id, response } = await startAuthentication({ optionsJSON }).catch(inWords);
  const { clientDataJSON, authenticatorData, signature, userHandle = '' } = response;
  return {
    id,
    clientDataJSON,
    authenticatorData,
    signature,
    userHandle: userHandle === '' ? null : userHandle,
  };
}

/** Has a key made. Throws in words for people. */
export async function makeKey(creation: KeyCreation): Promise<KeyRegistration> {
  const optionsJSON = creation as unknown as PublicKeyCredentialCreationOptionsJSON;
  const { id, response } = await startRegistration({ optionsJSON }).catch(inWords);
  const { clientDataJSON, attestationObject, transports = [] } = response;
  return { id, clientDataJSON, attestationObject, transports };
}

function inWords(error: unknown): never {
  const name = error instanceof Error ? error.name : '';
  const words = FAULTS[name] ?? 'The key could not be used. Nothing was done. Try again.';
  throw new Error(words, { cause: error });
}
