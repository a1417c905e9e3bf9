import { z } from 'zod';
import { hasToken } from '../../../core/accounts/has-token.ts';
import { keysAt } from '../../../core/accounts/security-keys/challenges.ts';
import { beginSignIn, giveProof } from '../../../core/accounts/sign-in.ts';
import { endWebSessions } from '../../../core/accounts/web-session.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { entranceOf, isHeldBack, sessionOf } from '../authenticate.ts';
import { clearSessionCookie } from '../session-cookie.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { concludeSignIn, whyRefused } from './conclude-sign-in.ts';
import { keyEntrance } from './key-sign-in-routes.ts';

const me = z
  .strictObject({
    name: z.string(),
    fullName: z.string(),
    email: z.string(),
    side: z.enum(['outside', 'inside']),
    softToken: z.enum(['none', 'plain', 'pin']).describe('Whether there is one, and whether it has a PIN.'),
    hasToken: z.boolean().describe('Whether there is a soft or a hard token whose codes are taken.'),
    securityKeys: z
      .enum(['none', 'plain', 'passkey'])
      .describe('Whether there are security keys at this address, and whether one verifies who holds it.'),
    inEmergency: z.boolean().describe('An emergency code stood in for the token.'),
    inActivation: z.boolean().describe('An invitation opened this session, and a token comes first.'),
  })
  .meta({ id: 'Me' });

/** Signing in and out in a browser, and who somebody is. */
export function signInRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { side, signIns, intake, policy } = parts;
  const signIn = apiRoute({
    method: 'POST',
    path: '/sign-in',
    access: 'open',
    summary: 'Sign in with password and code; the answer sets the cookie of a new session',
    body: z.strictObject({
      name: z.string().max(64),
      password: z.string().max(1024),
      code: z.string().max(24).describe('Of a token, with its PIN before it, or an emergency code.'),
    }),
    answer: 'nothing',
    async handle({ body: { name, password, code }, raw, reply }) {
      if (isHeldBack(signIns, raw, reply)) return refuse('sign-in-held-back');
      const attempt = beginSignIn(entranceOf(parts, raw), policy, name.trim());
      const first = await giveProof(signIns, attempt, { kind: 'password', password });
      // The code is asked for whatever the password was, and one answer is given for both.
      if (first.outcome !== 'more') return refuse(whyRefused(parts, first, reply, 'sign-in-refused'));
      const second = await giveProof(signIns, first.attempt, { kind: 'token', code });
      return concludeSignIn(parts, second, raw, reply, 'sign-in-refused');
    },
  });
  const signOut = apiRoute({
    method: 'POST',
    path: '/sign-out',
    access: 'session',
    duringActivation: true,
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
    duringActivation: true,
    summary: 'Who is signed in',
    answer: me,
    async handle({ raw }) {
      const session = sessionOf(raw);
      const account = await intake.ledger.accountById(session.account);
      const credentials = await intake.ledger.credentialsOf(session.account);
      if (account === null || credentials === null) return refuse('account-disabled');
      const { name, fullName, email, hasTotp } = account;
      const softToken = hasTotp ? (credentials.pinSealed === null ? 'plain' : 'pin') : 'none';
      const kept = (await intake.ledger.webSessionById(session.id))?.session;
      const [inEmergency, inActivation] = [kept?.inEmergency ?? false, kept?.inActivation ?? false];
      const entrance = keyEntrance(parts, raw);
      const keys = entrance === null ? [] : await keysAt(intake, entrance, session.account);
      const isAlone = keys.some(({ verifiesUser }) => verifiesUser);
      const tokens = {
        softToken,
        hasToken: await hasToken(intake, account),
        securityKeys: keys.length === 0 ? 'none' : isAlone ? 'passkey' : 'plain',
      } as const;
      return accept({ name, fullName, email, side, ...tokens, inEmergency, inActivation });
    },
  });
  return [signIn, signOut, whoAmI];
}
