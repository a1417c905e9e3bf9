import type { FastifyRequest } from 'fastify';
import { sessionCookie } from './session-cookie.ts';

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a page of another site made a browser send this request in the name of somebody who is signed in here, or
 * to sign somebody in. Told by the fetch metadata that browsers add (W3C Fetch Metadata), or else by the origin, which
 * has to be this very host. Programs send neither and bring a token instead.
 */
export function isFromElsewhere(request: FastifyRequest): boolean {
  const { headers, method } = request;
  const bringsCookie =
    sessionCookie(request, 'outside') !== null || sessionCookie(request, 'inside') !== null;
  if (!bringsCookie && (headers.authorization !== undefined || SAFE.includes(method))) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return !(site === 'same-origin' || (site === 'none' && method === 'GET'));
  if (SAFE.includes(method)) return false;
  if (headers.origin === undefined) return bringsCookie;
  return hostOf(headers.origin) !== headers.host;
}

function hostOf(origin: string | undefined): string | null {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;
}
