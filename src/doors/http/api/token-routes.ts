import { z } from 'zod';
import { renewSession } from '../../../core/accounts/renew-session.ts';
import { offerSoftToken, removeSoftToken, takeSoftToken } from '../../../core/accounts/soft-token.ts';
import { isoTime } from '../../../core/kit/clock.ts';
import { accept } from '../../../core/kit/result.ts';
import { entranceOf, sessionOf, waysAt } from '../authenticate.ts';
import { setSessionCookie } from '../session-cookie.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { time } from './schemas.ts';
import { readStepUp, stepUpSchema } from './step-up-schema.ts';

const offer = z
  .strictObject({
    ticket: z.string().describe('Given back when the token is taken into use.'),
    secret: z.string().describe('The key as people type it, in base32 (RFC 4648).'),
    uri: z.string().describe('The same as an otpauth address, for a QR code.'),
    expiresAt: time,
  })
  .meta({ id: 'SoftTokenOffer' });

/** Stepping up in a session, and what may be done after it: making a new soft token, or removing it. */
export function tokenRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { side, signIns, intake, site } = parts;
  const prove = apiRoute({
    method: 'POST',
    path: '/step-up',
    access: 'session',
    duringActivation: true,
    summary: 'Prove again who you are, for ten minutes; the session gets a new cookie',
    body: stepUpSchema,
    answer: 'nothing',
    async handle({ raw, reply, body }) {
      const given = readStepUp(body);
      if (!given.ok) return given;
      const renewed = await renewSession(signIns, sessionOf(raw), entranceOf(parts, raw), given.value);
      if (!renewed.ok) return renewed;
      setSessionCookie(reply, side, renewed.value);
      return accept(undefined);
    },
  });
  const make = apiRoute({
    method: 'POST',
    path: '/soft-token',
    access: 'session',
    duringActivation: true,
    summary: 'Have a new soft token made, after stepping up; it opens nothing until it is taken into use',
    answer: offer,
    async handle({ raw }) {
      const offered = await offerSoftToken(signIns, sessionOf(raw), intake.policy.site);
      if (!offered.ok) return offered;
      return accept({ ...offered.value, expiresAt: isoTime(offered.value.expiresAt) });
    },
  });
  const take = apiRoute({
    method: 'POST',
    path: '/soft-token/use',
    access: 'session',
    duringActivation: true,
    summary: 'Take the new soft token into use by one of its codes; the one before opens nothing any more',
    body: z.strictObject({
      ticket: z.string().max(512),
      code: z.string().max(16),
      pin: z.string().max(8).describe('Typed before every code; empty for none.'),
    }),
    answer: 'nothing',
    handle: async ({ raw, body }) => takeSoftToken(signIns, sessionOf(raw), site.pin, raw.ip, body),
  });
  const remove = apiRoute({
    method: 'DELETE',
    path: '/soft-token',
    access: 'session',
    takes: 'proof',
    summary: 'Remove your soft token, after stepping up; its codes open nothing any more',
    answer: 'nothing',
    handle: async ({ raw }) => removeSoftToken(signIns, sessionOf(raw), waysAt(parts, raw), raw.ip),
  });
  return [prove, make, take, remove];
}
