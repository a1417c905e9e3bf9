import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HeldBack, SignInStep } from '../../../core/accounts/sign-in.ts';
import { keepWebSession } from '../../../core/accounts/web-session.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import { retryAfter } from '../authenticate.ts';
import type { HttpRefusal } from '../refusals.ts';
import { setSessionCookie } from '../session-cookie.ts';
import type { ApiParts } from './api-parts.ts';

/** Gives the browser the cookie of a new session when the last proof was taken, or says why not. */
export async function concludeSignIn(
  parts: ApiParts,
  step: SignInStep,
  raw: FastifyRequest,
  reply: FastifyReply,
  wrong: HttpRefusal,
): Promise<Result<undefined, HttpRefusal>> {
  if (step.outcome !== 'granted') return refuse(whyRefused(parts, step, reply, wrong));
  const { side, signIns } = parts;
  setSessionCookie(reply, side, await keepWebSession(signIns, step.session, raw.ip));
  return accept(undefined);
}

/** What the answer is, `wrong` if the proof was; when nothing was looked at, it says when to try again. */
export function whyRefused(
  { signIns }: Pick<ApiParts, 'signIns'>,
  step: SignInStep,
  reply: FastifyReply,
  wrong: HttpRefusal,
): HttpRefusal {
  if (step.outcome !== 'denied') return wrong;
  if (step.keptOut?.by === 'freeze') return 'frozen';
  return step.heldBack === undefined ? wrong : whyHeldBack({ signIns }, step.heldBack, reply);
}

/** The answer when nothing was looked at, with the time to try again. */
export function whyHeldBack(
  { signIns }: Pick<ApiParts, 'signIns'>,
  { why, until }: HeldBack,
  reply: FastifyReply,
): HttpRefusal {
  retryAfter(reply, until - signIns.clock.now());
  return why === 'busy' ? 'sign-in-busy' : 'sign-in-held-back';
}
