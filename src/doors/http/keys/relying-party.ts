import type { FastifyRequest } from 'fastify';
import type { RelyingParty } from '../../../core/accounts/security-keys/security-key.ts';

/** Where the pages are known to be. */
export interface PagesPlace {
  /** The origin that people open them by; null when the site says none. */
  readonly address: string | null;
  readonly behindProxy: boolean;
}

/**
 * Who security keys are used at: the host of the pages' address (WebAuthn Level 3 section 5.1.2, RP ID). Without an
 * address it is `localhost`, at the port that a request came to, where nothing stands between; else null, and keys are
 * not taken. Never what a request says of itself: that could be any name.
 */
export function relyingPartyOf(
  { address, behindProxy }: PagesPlace,
  request: FastifyRequest,
): RelyingParty | null {
  if (address !== null) return { id: new URL(address).hostname, origin: address };
  if (behindProxy) return null;
  return { id: 'localhost', origin: new URL(`http://localhost:${request.socket.localPort}`).origin };
}
