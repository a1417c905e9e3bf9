import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Side, TokenScope } from '../../core/accounts/account.ts';
import type { Session, SignIns } from '../../core/accounts/sign-in.ts';
import { signInWithToken } from '../../core/accounts/token-entrance.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { sendRefusal } from './answers.ts';

/** The door that this server is, in sessions and in the audit. */
const DOOR = 'portal';

/**
 * The routes that answer without a token, and the only ones: every other route asks for one before anything else,
 * whether its author thought of it or not. Unknown addresses get 404.
 */
export const UNAUTHENTICATED_ROUTES: readonly string[] = [
  'GET /',
  'HEAD /',
  'GET /api/v1/openapi.json',
  'HEAD /api/v1/openapi.json',
  'OPTIONS /api/v1/uploads',
  'OPTIONS /api/v1/uploads/:id',
];

/** What authentication works with. */
export interface Authentication {
  readonly side: Side;
  readonly signIns: SignIns;
  readonly log: Logger;
}

const SCOPE: TokenScope = 'upload';

const sessions = new WeakMap<FastifyRequest, Session>();

/** Asks for a bearer token (RFC 6750 section 2.1) on every route that is not in `UNAUTHENTICATED_ROUTES`. */
export function authenticateRequests(app: FastifyInstance, { side, signIns, log }: Authentication): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 || isOpen(request)) return;
    const token = bearerToken(request);
    if (token === null) return sendRefusal(request, reply, 'token-missing');
    const entrance = { side, door: DOOR, source: request.ip };
    const signedIn = await signInWithToken(signIns, entrance, token, SCOPE);
    if (!signedIn.ok) {
      log.info('token-refused', { request: request.id, refusal: signedIn.refusal });
      return sendRefusal(request, reply, signedIn.refusal);
    }
    sessions.set(request, signedIn.value);
  });
}

/** The session of a request to an authenticated route. Throws on any other. */
export function sessionOf(request: FastifyRequest): Session {
  const session = sessions.get(request);
  if (session === undefined) throw new Error('a route without authentication asked for a session');
  return session;
}

function isOpen(request: FastifyRequest): boolean {
  return UNAUTHENTICATED_ROUTES.includes(`${request.method} ${request.routeOptions.url ?? ''}`);
}

function bearerToken(request: FastifyRequest): string | null {
  const header = request.headers.authorization ?? '';
  return /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null;
}
