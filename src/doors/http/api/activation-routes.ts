import { z } from 'zod';
import { beginActivation, lookAtInvitation } from '../../../core/accounts/activation.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { entranceOf, isHeldBack } from '../authenticate.ts';
import { setSessionCookie } from '../session-cookie.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { whyHeldBack } from './conclude-sign-in.ts';

const link = z.string().max(128);

/** The first step of whoever was invited by a mailed link. Open to everybody. */
export function activationRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { side, signIns } = parts;
  const look = apiRoute({
    method: 'POST',
    path: '/activation/look',
    access: 'open',
    summary: 'Whom a mailed invitation is for',
    body: z.strictObject({ link }),
    answer: z.strictObject({ name: z.string(), fullName: z.string() }).meta({ id: 'Invitation' }),
    async handle({ raw, reply, body }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const found = await lookAtInvitation(signIns, side, body.link);
      return found.ok ? accept({ name: found.value.name, fullName: found.value.fullName }) : found;
    },
  });
  const begin = apiRoute({
    method: 'POST',
    path: '/activation/begin',
    access: 'open',
    summary:
      'Set your first password by a mailed invitation, which opens nothing any more; the answer sets the cookie of a ' +
      'session in which you make a token',
    body: z.strictObject({ link, password: z.string().max(1024) }),
    answer: 'nothing',
    async handle({ raw, reply, body }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const begun = await beginActivation(signIns, entranceOf(parts, raw), body);
      if (!begun.ok) return 'heldBack' in begun ? refuse(whyHeldBack(parts, begun.heldBack, reply)) : begun;
      setSessionCookie(reply, side, begun.value);
      return accept(undefined);
    },
  });
  return [look, begin];
}
