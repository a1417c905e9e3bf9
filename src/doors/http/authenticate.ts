import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Side } from '../../core/accounts/account.ts';
import { mayStillBeHere } from '../../core/accounts/may-act.ts';
import type { Entrance, Session, SignIns } from '../../core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../core/accounts/sign-in-policy.ts';
import { signInWithToken } from '../../core/accounts/token-entrance.ts';
import type { PortalWays } from '../../core/accounts/ways-in.ts';
import { findWebSession } from '../../core/accounts/web-session.ts';
import { type Millis, SECOND } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import { sendRefusal } from './answers.ts';
import { type PagesPlace, relyingPartyOf } from './keys/relying-party.ts';
import type { HttpRefusal } from './refusals.ts';
import { isFromElsewhere } from './same-origin.ts';
import { sessionCookie } from './session-cookie.ts';

/** The door that this server is, in sessions and in the audit. */
export const DOOR = 'portal';

/**
 * What a route asks for.
 * - `open`: nothing; only routes in `UNAUTHENTICATED_ROUTES`.
 * - `upload`, `read`: a browser's session, or an access token with that scope.
 * - `session`: a browser's session: what changes how somebody signs in is not done with a token.
 */
export type Access = 'open' | 'upload' | 'read' | 'session';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks for; left out, `session`. */
    readonly access?: Access;
    /** Whether it answers in a session that an invitation has opened, before there is a token; left out, not. */
    readonly duringActivation?: boolean;
  }
}

/**
 * The routes that answer without a sign-in, and the only ones: every other route asks for one before anything else,
 * whether its author thought of it or not. Unknown addresses get 404.
 */
export const UNAUTHENTICATED_ROUTES: readonly string[] = [
  'GET /',
  'HEAD /',
  'GET /upload',
  'HEAD /upload',
  'GET /arrivals',
  'HEAD /arrivals',
  'GET /outbound',
  'HEAD /outbound',
  'GET /security',
  'HEAD /security',
  'GET /help',
  'HEAD /help',
  'GET /emergency',
  'HEAD /emergency',
  'GET /forgotten',
  'HEAD /forgotten',
  'GET /reset',
  'HEAD /reset',
  'GET /activate',
  'HEAD /activate',
  'GET /assets/*',
  'HEAD /assets/*',
  'GET /api/v1/openapi.json',
  'HEAD /api/v1/openapi.json',
  'GET /api/v1/site',
  'POST /api/v1/sign-in',
  'POST /api/v1/sign-in/passkey/challenge',
  'POST /api/v1/sign-in/passkey',
  'POST /api/v1/sign-in/security-key/challenge',
  'POST /api/v1/sign-in/security-key',
  'POST /api/v1/emergency',
  'POST /api/v1/emergency/mail',
  'POST /api/v1/emergency/code',
  'POST /api/v1/activation/look',
  'POST /api/v1/activation/begin',
  'POST /api/v1/password-reset',
  'POST /api/v1/password-reset/look',
  'POST /api/v1/password-reset/challenge',
  'POST /api/v1/password-reset/finish',
  'OPTIONS /api/v1/uploads',
  'OPTIONS /api/v1/uploads/:id',
];

/** What authentication works with. */
export interface Authentication {
  readonly side: Side;
  readonly signIns: SignIns;
  readonly log: Logger;
}

const sessions = new WeakMap<FastifyRequest, Session>();

/**
 * Asks for a browser's session (a cookie) or a bearer token (RFC 6750 section 2.1) on every route that is not in
 * `UNAUTHENTICATED_ROUTES`. A request that a page of another site makes a browser send is refused whatever it brings.
 */
export function authenticateRequests(app: FastifyInstance, deps: Authentication): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return;
    if (isFromElsewhere(request)) return sendRefusal(request, reply, 'cross-site');
    if (isOpen(request)) return;
    const signedIn = await signIn(deps, request, reply);
    if (!signedIn.ok) {
      deps.log.info('token-refused', { request: request.id, refusal: signedIn.refusal });
      return sendRefusal(request, reply, signedIn.refusal);
    }
    if (signedIn.value.inActivation === true && request.routeOptions.config.duringActivation !== true) {
      return sendRefusal(request, reply, 'activation-unfinished');
    }
    const may = await mayStillBeHere(deps.signIns, signedIn.value);
    if (!may.ok) return sendRefusal(request, reply, may.refusal);
    sessions.set(request, signedIn.value);
  });
}

/** The session of a request to an authenticated route. Throws on any other. */
export function sessionOf(request: FastifyRequest): Session {
  const session = sessions.get(request);
  if (session === undefined) throw new Error('a route without authentication asked for a session');
  return session;
}

async function signIn(
  { side, signIns }: Authentication,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Result<Session, HttpRefusal>> {
  const access = request.routeOptions.config.access ?? 'session';
  const entrance = { side, door: DOOR, source: request.ip };
  const token = bearerToken(request);
  if (token === null) return signInWithCookie(signIns, entrance, request, access);
  if (access === 'session' || access === 'open') return refuse('session-needed');
  const held = isHeldBack(signIns, request, reply);
  if (held) return refuse('sign-in-held-back');
  const session = await signInWithToken(signIns, entrance, token, access);
  return session.ok && !opens(session.value, request) ? refuse('token-scope') : session;
}

/** Where somebody knocks who sends a request. */
export function entranceOf(
  { side, place }: { readonly side: Side; readonly place: PagesPlace },
  request: FastifyRequest,
): Entrance {
  const relyingParty = relyingPartyOf(place, request);
  return {
    side,
    door: DOOR,
    source: request.ip,
    beforeGates: true,
    ...(relyingParty !== null && { relyingParty }),
  };
}

/** How people sign in at the portal that a request came to. */
export function waysAt(
  { side, place, policy }: { readonly side: Side; readonly place: PagesPlace; readonly policy: SignInPolicy },
  request: FastifyRequest,
): PortalWays {
  return { side, policy, rpId: relyingPartyOf(place, request)?.id ?? null };
}

/** Whether nothing is looked at that comes from a source; says in the answer when to try again. */
export function isHeldBack({ guard, clock }: SignIns, { ip }: FastifyRequest, reply: FastifyReply): boolean {
  const welcome = guard.welcome(ip);
  if (welcome.kind !== 'banned') return false;
  retryAfter(reply, welcome.until - clock.now());
  return true;
}

/** Says when to try again (RFC 9110 section 10.2.3). */
export function retryAfter(reply: FastifyReply, time: Millis): void {
  void reply.header('retry-after', Math.max(1, Math.ceil(time / SECOND)));
}

async function signInWithCookie(
  signIns: SignIns,
  entrance: Parameters<typeof findWebSession>[1],
  request: FastifyRequest,
  access: Access,
): Promise<Result<Session, HttpRefusal>> {
  const cookie = sessionCookie(request, entrance.side);
  if (cookie === null) return refuse(access === 'upload' ? 'token-missing' : 'session-missing');
  const session = await findWebSession(signIns, entrance, cookie);
  return session === null ? refuse('session-over') : accept(session);
}

/** A session for one upload opens the address of that upload, and no other. */
function opens({ upload }: Session, { params, routeOptions }: FastifyRequest): boolean {
  if (upload === undefined) return true;
  const { id } = params as { readonly id?: string };
  return routeOptions.config.access === 'upload' && id === upload;
}

function isOpen(request: FastifyRequest): boolean {
  return UNAUTHENTICATED_ROUTES.includes(`${request.method} ${request.routeOptions.url ?? ''}`);
}

function bearerToken(request: FastifyRequest): string | null {
  const header = request.headers.authorization ?? '';
  return /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null;
}
