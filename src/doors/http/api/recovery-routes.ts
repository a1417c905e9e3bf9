import { z } from 'zod';
import {
  beginEmergency,
  mailAuthorisation,
  redeemAuthorisation,
} from '../../../core/accounts/emergency-access.ts';
import { askKeyForReset, askReset, finishReset, lookAtReset } from '../../../core/accounts/reset-password.ts';
import { isoTime } from '../../../core/kit/clock.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { entranceOf, isHeldBack } from '../authenticate.ts';
import { assertionSchema, requestOf, requestSchema, toAssertion } from '../keys/key-schemas.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { whyHeldBack, whyRefused } from './conclude-sign-in.ts';
import { keyEntrance } from './key-sign-in-routes.ts';
import { time } from './schemas.ts';

const ticket = z.string().max(1024);
const link = z.string().max(128);

/** What people do who cannot sign in: without their token, or without their password. Open to everybody. */
export function recoveryRoutes(parts: ApiParts): readonly ApiRoute[] {
  return [...emergencyRoutes(parts), ...resetRoutes(parts)];
}

function emergencyRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { signIns } = parts;
  const begin = apiRoute({
    method: 'POST',
    path: '/emergency',
    access: 'open',
    summary: 'Begin to get an emergency code, with name and password',
    body: z.strictObject({ name: z.string().max(64), password: z.string().max(1024) }),
    answer: z.strictObject({ ticket }).meta({ id: 'EmergencyTicket' }),
    async handle({ raw, reply, body: { name, password } }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const step = await beginEmergency(signIns, entranceOf(parts, raw), { name: name.trim(), password });
      if (step.outcome === 'begun') return accept({ ticket: step.ticket });
      if (step.outcome === 'no-token') return refuse('no-token');
      return refuse(whyRefused(parts, step, reply, 'emergency-refused'));
    },
  });
  const mail = apiRoute({
    method: 'POST',
    path: '/emergency/mail',
    access: 'open',
    summary: 'Have an authorisation code mailed to you',
    body: z.strictObject({ ticket }),
    answer: 'nothing',
    async handle({ raw, reply, body }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      return mailAuthorisation(signIns, entranceOf(parts, raw), body.ticket);
    },
  });
  const redeem = apiRoute({
    method: 'POST',
    path: '/emergency/code',
    access: 'open',
    summary: 'Give the authorisation code; the answer has the emergency code, this once',
    body: z.strictObject({ ticket, code: z.string().max(32) }),
    answer: z.strictObject({ code: z.string(), expiresAt: time }).meta({ id: 'EmergencyCode' }),
    async handle({ raw, reply, body }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const end = await redeemAuthorisation(signIns, entranceOf(parts, raw), body);
      if (end.outcome === 'made') {
        return accept({ code: end.issued.code, expiresAt: isoTime(end.issued.expiresAt) });
      }
      if (end.outcome !== 'denied') return refuse(end.outcome);
      return refuse(whyRefused(parts, end, reply, 'authorisation-wrong'));
    },
  });
  return [begin, mail, redeem];
}

function resetRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { side, signIns, intake, site } = parts;
  const asking = apiRoute({
    method: 'POST',
    path: '/password-reset',
    access: 'open',
    summary:
      'Have a link mailed by which the person of a name sets a new password; the answer is always the same',
    body: z.strictObject({ name: z.string().max(64) }),
    answer: 'nothing',
    async handle({ raw, reply, body }) {
      if (!site.reset) return refuse('no-reset');
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      // Never awaited: an answer that comes later for names that exist would tell which do.
      askReset(signIns, entranceOf(parts, raw), body.name.trim()).catch((error: unknown) =>
        intake.log.error('reset-not-asked', { request: raw.id, error }),
      );
      return accept(undefined);
    },
  });
  const look = apiRoute({
    method: 'POST',
    path: '/password-reset/look',
    access: 'open',
    summary: 'What a mailed link is for',
    body: z.strictObject({ link }),
    answer: z
      .strictObject({
        name: z.string(),
        needsCode: z.boolean().describe('A code of the token is needed too, or a security key.'),
        hasKey: z.boolean().describe('A security key is taken in the place of a code.'),
      })
      .meta({ id: 'PasswordReset' }),
    async handle({ raw, reply, body }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      return lookAtReset(signIns, side, body.link);
    },
  });
  const askKey = apiRoute({
    method: 'POST',
    path: '/password-reset/challenge',
    access: 'open',
    summary:
      'Ask for a challenge to a security key, which stands in the place of a code beside a mailed link',
    body: z.strictObject({ link }),
    answer: requestSchema,
    async handle({ raw, reply, body }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const entrance = keyEntrance(parts, raw);
      if (entrance === null) return refuse('security-keys-not-taken');
      const request = await askKeyForReset(signIns, entrance, body.link);
      if (!request.ok) return request;
      return accept(requestOf(request.value, entrance.relyingParty.id, 'discouraged'));
    },
  });
  const finish = apiRoute({
    method: 'POST',
    path: '/password-reset/finish',
    access: 'open',
    summary: 'Set a new password by a mailed link, which opens nothing any more',
    body: z.strictObject({
      link,
      password: z.string().max(1024),
      code: z.string().max(24).default(''),
      assertion: assertionSchema.optional().describe('Of a security key, in the place of a code.'),
    }),
    answer: 'nothing',
    async handle({ raw, reply, body: { code, assertion, ...given } }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const proof =
        assertion === undefined
          ? ({ kind: 'code', code } as const)
          : ({ kind: 'key', assertion: toAssertion(assertion) } as const);
      const end = await finishReset(signIns, entranceOf(parts, raw), { ...given, proof });
      if (end.ok) return accept(undefined);
      return 'heldBack' in end ? refuse(whyHeldBack(parts, end.heldBack, reply)) : end;
    },
  });
  return [asking, look, askKey, finish];
}
