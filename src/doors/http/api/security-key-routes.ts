import { z } from 'zod';
import { askKnown, keysAt } from '../../../core/accounts/security-keys/challenges.ts';
import {
  addSecurityKey,
  beginSecurityKey,
  removeOwnSecurityKey,
} from '../../../core/accounts/security-keys/change-security-keys.ts';
import {
  CHALLENGE_LIFE,
  type SecurityKey,
  userHandleOf,
} from '../../../core/accounts/security-keys/security-key.ts';
import { isoTime, isoTimeOrNull } from '../../../core/kit/clock.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { sessionOf, waysAt } from '../authenticate.ts';
import {
  describeKeys,
  registrationSchema,
  requestOf,
  requestSchema,
  toRegistration,
} from '../keys/key-schemas.ts';
import { KEY_ALGORITHMS } from '../keys/key-verifier.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { keyEntrance } from './key-sign-in-routes.ts';
import { time } from './schemas.ts';
import { readStepUp, stepUpSchema } from './step-up-schema.ts';

const securityKey = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    verifiesUser: z.boolean().describe('It verifies who holds it, and can be used alone, as a passkey.'),
    addedAt: time,
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'SecurityKey' });

const creation = z
  .strictObject({
    challenge: z.string(),
    rp: z.strictObject({ id: z.string(), name: z.string() }),
    user: z.strictObject({ id: z.string(), name: z.string(), displayName: z.string() }),
    pubKeyCredParams: z.array(z.strictObject({ alg: z.number(), type: z.literal('public-key') })),
    timeout: z.number(),
    attestation: z.literal('none'),
    authenticatorSelection: z.strictObject({
      residentKey: z.literal('preferred'),
      userVerification: z.literal('preferred'),
    }),
    excludeCredentials: requestSchema.shape.allowCredentials,
  })
  .describe('What navigator.credentials.create is asked (WebAuthn Level 3 section 5.4).')
  .meta({ id: 'KeyCreation' });

/** The security keys of a person: their own to see, to add and to remove. */
export function securityKeyRoutes(parts: ApiParts): readonly ApiRoute[] {
  return [listRoute(parts), stepUpRoute(parts), beginRoute(parts), addRoute(parts), removeRoute(parts)];
}

function listRoute(parts: ApiParts): ApiRoute {
  return apiRoute({
    method: 'GET',
    path: '/security-keys',
    access: 'session',
    duringActivation: true,
    summary: 'Your security keys and passkeys at this address',
    answer: z.strictObject({ keys: z.array(securityKey) }),
    async handle({ raw }) {
      const entrance = keyEntrance(parts, raw);
      const keys = entrance === null ? [] : await keysAt(parts.intake, entrance, sessionOf(raw).account);
      return accept({ keys: keys.map(showKey) });
    },
  });
}

function stepUpRoute(parts: ApiParts): ApiRoute {
  return apiRoute({
    method: 'POST',
    path: '/security-keys/step-up',
    access: 'session',
    summary: 'Ask for a challenge to one of your own keys, to prove again who you are',
    body: z.strictObject({
      alone: z
        .boolean()
        .default(true)
        .describe('The key has to verify who holds it. Else it is given beside the password, as a code is.'),
    }),
    answer: requestSchema,
    async handle({ raw, body: { alone } }) {
      const entrance = keyEntrance(parts, raw);
      if (entrance === null) return refuse('security-keys-not-taken');
      const request = await askKnown(
        parts.signIns,
        sessionOf(raw).account,
        entrance,
        alone ? 'passkey' : 'step-up',
      );
      if (request === null) return refuse('security-key-unknown');
      return accept(requestOf(request, entrance.relyingParty.id, alone ? 'required' : 'discouraged'));
    },
  });
}

function beginRoute(parts: ApiParts): ApiRoute {
  return apiRoute({
    method: 'POST',
    path: '/security-keys/challenge',
    access: 'session',
    duringActivation: true,
    takes: 'token',
    summary:
      'Ask for a challenge to add a key; who has not stepped up a moment ago proves again who they are',
    body: stepUpSchema,
    answer: creation,
    async handle({ raw, body }) {
      const entrance = keyEntrance(parts, raw);
      if (entrance === null) return refuse('security-keys-not-taken');
      const given = Object.keys(body).length === 0 ? accept(null) : readStepUp(body);
      if (!given.ok) return given;
      const own = sessionOf(raw);
      const begun = await beginSecurityKey(parts.signIns, own, entrance, given.value);
      if (!begun.ok) return begun;
      const account = await parts.intake.ledger.accountById(own.account);
      if (account === null) return refuse('account-disabled');
      const { challenge, keys } = begun.value;
      return accept({
        challenge,
        rp: { id: entrance.relyingParty.id, name: parts.intake.policy.site },
        user: { id: userHandleOf(account.id, own.side), name: account.name, displayName: account.fullName },
        pubKeyCredParams: KEY_ALGORITHMS.map((alg) => ({ alg, type: 'public-key' as const })),
        timeout: CHALLENGE_LIFE,
        attestation: 'none',
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
        excludeCredentials: describeKeys(keys),
      });
    },
  });
}

function addRoute(parts: ApiParts): ApiRoute {
  return apiRoute({
    method: 'POST',
    path: '/security-keys',
    access: 'session',
    duringActivation: true,
    takes: 'token',
    summary: 'Add the key that was made for a challenge',
    body: z.strictObject({ name: z.string().max(64), registration: registrationSchema }),
    answer: securityKey,
    async handle({ raw, body }) {
      const entrance = keyEntrance(parts, raw);
      if (entrance === null) return refuse('security-keys-not-taken');
      const made = toRegistration(body.registration);
      const added = await addSecurityKey(
        parts.signIns,
        sessionOf(raw),
        { ...entrance, policy: parts.policy },
        body.name,
        made,
      );
      return added.ok ? accept(showKey(added.value)) : added;
    },
  });
}

function removeRoute(parts: ApiParts): ApiRoute {
  return apiRoute({
    method: 'DELETE',
    path: '/security-keys/:id',
    access: 'session',
    summary: 'Remove a key; it opens nothing from then on, and your other browsers are signed out',
    params: z.strictObject({ id: z.string().max(64) }),
    answer: 'nothing',
    async handle({ raw, params }) {
      const removed = await removeOwnSecurityKey(
        parts.signIns,
        sessionOf(raw),
        waysAt(parts, raw),
        raw.ip,
        params.id,
      );
      return removed.ok ? accept(undefined) : removed;
    },
  });
}

function showKey({ id, name, verifiesUser, addedAt, lastUsedAt }: SecurityKey) {
  return { id, name, verifiesUser, addedAt: isoTime(addedAt), lastUsedAt: isoTimeOrNull(lastUsedAt) };
}
