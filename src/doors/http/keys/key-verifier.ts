import type {
  AuthenticationResponseJSON,
  RegistrationResponseJSON,
  WebAuthnCredential,
} from '@simplewebauthn/server';
import type { ExpectedAnswer, KeyVerifier } from '../../../core/accounts/security-keys/ports.ts';
import type {
  KeyAssertion,
  KeyRegistration,
  SecurityKey,
} from '../../../core/accounts/security-keys/security-key.ts';

/** ES256, EdDSA and RS256 of the COSE registry (RFC 9053, RFC 8812): what keys and platforms make. */
export const KEY_ALGORITHMS: readonly number[] = [-7, -8, -257];

/** Loaded when the first key is looked at: it takes a while, and many sites have none. */
const load = () => import('@simplewebauthn/server');

/** The formats and signatures of WebAuthn, by @simplewebauthn/server. Whatever it throws at means wrong. */
export const keyVerifier: KeyVerifier = {
  async checkAssertion(answer, expected, key) {
    try {
      const { verifyAuthenticationResponse } = await load();
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        ...expectedOf(expected),
        response: assertionJson(answer),
        credential: credentialOf(key),
        requireUserVerification: false,
      });
      if (!verified) return null;
      const { newCounter: counter, userVerified } = authenticationInfo;
      return { counter, userVerified };
    } catch {
      return null;
    }
  },
  async checkRegistration(answer, expected) {
    try {
      const { verifyRegistrationResponse } = await load();
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        ...expectedOf(expected),
        response: registrationJson(answer),
        requireUserVerification: false,
        supportedAlgorithmIDs: [...KEY_ALGORITHMS],
      });
      if (!verified) return null;
      const { credential, userVerified } = registrationInfo;
      const { id: credentialId, publicKey, counter } = credential;
      return { credentialId, publicKey, counter, userVerified };
    } catch {
      return null;
    }
  },
};

function expectedOf({ challenge, at }: ExpectedAnswer) {
  return { expectedChallenge: challenge, expectedOrigin: at.origin, expectedRPID: at.id };
}

/** With a counter of 0, so that the library leaves it to the core to compare. */
function credentialOf({
  credentialId,
  publicKey,
}: Pick<SecurityKey, 'credentialId' | 'publicKey'>): WebAuthnCredential {
  return { id: credentialId, publicKey: Uint8Array.from(publicKey), counter: 0 };
}

function assertionJson(answer: KeyAssertion): AuthenticationResponseJSON {
  const { credentialId: id, clientData: clientDataJSON, authenticatorData, signature } = answer;
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON, authenticatorData, signature },
  };
}

function registrationJson(answer: KeyRegistration): RegistrationResponseJSON {
  const { credentialId: id, clientData: clientDataJSON, attestation: attestationObject } = answer;
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON, attestationObject },
  };
}
