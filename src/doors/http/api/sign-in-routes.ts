import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { beginSignIn, giveProof, type SignInStep } from '../../../core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../../core/accounts/sign-in-policy.ts';
import { endWebSessions, keepWebSession } from '../../../core/accounts/web-session.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { DOOR, isHeldBack, retryAfter, sessionOf } from '../authenticate.ts';
import type { HttpRefusal } from '../refusals.ts';
import { clearSessionCookie, setSessionCookie } from '../session-cookie.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';

/** In a browser: a password, then a code. */
const POLICY: SignInPolicy = [['password', 'token']];

const me = z
  .strictObject({
    name: z.string(),
    fullName: z.string(),
    email: z.string(),
    side: z.enum(['outside', 'inside']),
  })
  .meta({ id: 'Me' });

/** Signing in and out in a browser, and who somebody is. */
export function signInRoutes({ side, signIns, intake }: ApiParts): readonly ApiRoute[] {
  const signIn = apiRoute({
    method: 'POST',
    path: '/sign-in',
    access: 'open',
    summary: 'Sign in with password and code; the answer sets the cookie of a new session',
    body: z.strictObject({
      name: z.string().max(64),
      password: z.string().max(1024),
      code: z.string().max(16),
    }),
    answer: 'nothing',
    async handle({ body: { name, password, code }, raw, reply }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const entrance = { side, door: DOOR, source: raw.ip };
      const attempt = beginSignIn(entrance, POLICY, name.trim());
      const first = await giveProof(signIns, attempt, { kind: 'password', password });
      // The code is asked for whatever the password was, and one answer is given for both.
      if (first.outcome !== 'more') return refuse(whyRefused(first, reply));
      const second = await giveProof(signIns, first.attempt, { kind: 'token', code });
      if (second.outcome === 'denied' && second.frozen === true) return refuse('frozen');
      if (second.outcome !== 'granted') return refuse(whyRefused(second, reply));
      setSessionCookie(reply, side, await keepWebSession(signIns, second.session, raw.ip));
      return accept(undefined);
    },
  });
  const signOut = apiRoute({
    method: 'POST',
    path: '/sign-out',
    access: 'session',
    summary: 'End this session',
    answer: 'nothing',
    async handle({ raw, reply }) {
      const session = sessionOf(raw);
      await endWebSessions(signIns, session, { only: session.id });
      clearSessionCookie(reply, side);
      return accept(undefined);
    },
  });
  const whoAmI = apiRoute({
    method: 'GET',
    path: '/me',
    access: 'read',
    summary: 'Who is signed in',
    answer: me,
    async handle({ raw }) {
      const account = await intake.ledger.accountById(sessionOf(raw).account);
      if (account === null) return refuse('account-disabled');
      const { name, fullName, email } = account;
      return accept({ name, fullName, email, side });
    },
  });
  return [signIn, signOut, whoAmI];

  /** What the answer is; when nothing was looked at, it says when to try again. */
  function whyRefused(step: SignInStep, reply: FastifyReply): HttpRefusal {
    if (step.outcome !== 'denied' || step.heldBack === undefined) return 'sign-in-refused';
    retryAfter(reply, step.heldBack.until - signIns.clock.now());
    return step.heldBack.why === 'busy' ? 'sign-in-busy' : 'sign-in-held-back';
  }
}
