import { createHash, timingSafeEqual } from 'node:crypto';

/** The routes that need no password. They tell no more than whether the daemon and its parts work. */
export const UNAUTHENTICATED_ROUTES: readonly string[] = ['/healthz', '/readyz'];

/** Headers of every answer: nothing is framed, cached, or fetched from anywhere else. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
    "font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/**
 * Makes the check of an Authorization header (HTTP Basic, RFC 7617): any user name, the one password. Takes the same
 * time for every wrong password. Throws when the password is empty.
 */
export function createPasswordCheck(password: string): (authorization: string | undefined) => boolean {
  if (password === '') throw new Error('the password of the ops listener is empty');
  const expected = digest(password);
  return (authorization) => {
    const encoded = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(authorization ?? '')?.[1];
    const credentials = Buffer.from(encoded ?? '', 'base64').toString();
    const colon = credentials.indexOf(':');
    return timingSafeEqual(digest(credentials.slice(colon + 1)), expected) && colon >= 0;
  };
}

/** Digests of equal length, so that the comparison does not tell the length of the password. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
