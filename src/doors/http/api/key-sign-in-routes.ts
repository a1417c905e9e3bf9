import { z } from 'zod';
import {
  askForPasskey,
  askForSecurityKey,
  type KeyEntrance,
  resumeSignIn,
} from '../../../core/accounts/security-keys/challenges.ts';
import { beginSignIn, giveProof } from '../../../core/accounts/sign-in.ts';
import { nextProofs } from '../../../core/accounts/sign-in-policy.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { entranceOf, isHeldBack } from '../authenticate.ts';
import { assertionSchema, requestOf, requestSchema, toAssertion } from '../keys/key-schemas.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRequest, type ApiRoute, apiRoute } from './api-route.ts';
import { concludeSignIn, whyRefused } from './conclude-sign-in.ts';

/** Signing in in a browser by a security key: alone, as a passkey, or after a password, in the place of a code. */
export function keySignInRoutes(parts: ApiParts): readonly ApiRoute[] {
  return [...passkeyRoutes(parts), ...securityKeyRoutes(parts)];
}

function passkeyRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { signIns, policy } = parts;
  const ask = apiRoute({
    method: 'POST',
    path: '/sign-in/passkey/challenge',
    access: 'open',
    summary: 'Ask for a challenge, to sign in with a passkey',
    answer: requestSchema,
    async handle({ raw, reply }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const entrance = keyEntrance(parts, raw);
      if (entrance === null || !nextProofs(policy, []).includes('passkey'))
        return refuse('security-keys-not-taken');
      const request = await askForPasskey(signIns, entrance);
      return accept(requestOf(request, entrance.relyingParty.id, 'required'));
    },
  });
  const answer = apiRoute({
    method: 'POST',
    path: '/sign-in/passkey',
    access: 'open',
    summary: 'Sign in with a passkey; the answer sets the cookie of a new session',
    body: z.strictObject({ assertion: assertionSchema }),
    answer: 'nothing',
    async handle({ body, raw, reply }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const attempt = beginSignIn(entranceOf(parts, raw), policy, '');
      const assertion = toAssertion(body.assertion);
      const step = await giveProof(signIns, attempt, { kind: 'passkey', assertion });
      return concludeSignIn(parts, step, raw, reply, 'key-refused');
    },
  });
  return [ask, answer];
}

function securityKeyRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { signIns, policy } = parts;
  const ask = apiRoute({
    method: 'POST',
    path: '/sign-in/security-key/challenge',
    access: 'open',
    summary: 'Give a password and ask for a challenge, to sign in with a security key in the place of a code',
    body: z.strictObject({ name: z.string().max(64), password: z.string().max(1024) }),
    answer: requestSchema,
    async handle({ body: { name, password }, raw, reply }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const entrance = keyEntrance(parts, raw);
      if (entrance === null) return refuse('security-keys-not-taken');
      const given = { name: name.trim(), password };
      const step = await askForSecurityKey(signIns, entrance, policy, given);
      if (step.outcome === 'asked') {
        return accept(requestOf(step.request, entrance.relyingParty.id, 'discouraged'));
      }
      return refuse(whyRefused(parts, step, reply, 'password-or-key-refused'));
    },
  });
  const answer = apiRoute({
    method: 'POST',
    path: '/sign-in/security-key',
    access: 'open',
    summary: 'Finish to sign in with a security key; the answer sets the cookie of a new session',
    body: z.strictObject({ assertion: assertionSchema }),
    answer: 'nothing',
    async handle({ body, raw, reply }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const entrance = keyEntrance(parts, raw);
      if (entrance === null) return refuse('security-keys-not-taken');
      const assertion = toAssertion(body.assertion);
      const attempt = await resumeSignIn(signIns, entrance, policy, assertion);
      const step = await giveProof(signIns, attempt, { kind: 'security-key', assertion });
      return concludeSignIn(parts, step, raw, reply, 'key-refused');
    },
  });
  return [ask, answer];
}

/** The entrance of a request, where browsers can use security keys. */
export function keyEntrance(
  parts: ApiParts,
  raw: ApiRequest<unknown, unknown, unknown>['raw'],
): KeyEntrance | null {
  const { relyingParty, ...entrance } = entranceOf(parts, raw);
  return relyingParty === undefined ? null : { ...entrance, relyingParty };
}
