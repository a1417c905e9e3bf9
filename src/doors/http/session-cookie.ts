import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Side } from '../../core/accounts/account.ts';

/**
 * The name of the cookie of a side. `__Host-` binds it to this host, this path and TLS (RFC 6265bis section 4.1.3.2).
 * Cookies know no ports, so that doors of two sides on one host share them: the name carries the side.
 */
function nameOf(side: Side): string {
  return `__Host-havengate-${side}`;
}

const FLAGS = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

/** What the cookie of a browser's session holds; null without one. */
export function sessionCookie(request: FastifyRequest, side: Side): string | null {
  // By hand: our hook that asks for it runs before the plugin's own.
  return request.server.parseCookie(request.headers.cookie ?? '')[nameOf(side)] ?? null;
}

/** Gives the browser the cookie of its session. It goes when the browser ends, or the session before that. */
export function setSessionCookie(reply: FastifyReply, side: Side, text: string): void {
  void reply.setCookie(nameOf(side), text, FLAGS);
}

/** Takes the cookie away. */
export function clearSessionCookie(reply: FastifyReply, side: Side): void {
  void reply.clearCookie(nameOf(side), FLAGS);
}
