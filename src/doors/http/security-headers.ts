/**
 * Headers of every answer. The policy allows a page nothing at all (CSP level 3): answers are data, and the front
 * page is plain markup. Nothing may be stored by caches between us and the client (RFC 9111 section 5.2.2.5).
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};
