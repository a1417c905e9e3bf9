import { randomBytes } from 'node:crypto';
import type { Instant } from '../kit/clock.ts';
import { type Sha256, sha256 } from '../kit/digest.ts';
import { newId } from '../kit/ids.ts';
import type { AccessToken } from './account.ts';

/** A new access token. `token` is the only place where its secret is ever shown. */
export interface IssuedToken {
  readonly id: AccessToken['id'];
  readonly token: string;
  readonly expiresAt: Instant;
}

/** Makes a token with 256 random bits: what the ledger keeps of it, and what its holder gets. */
export function makeToken(about: Omit<AccessToken, 'id' | 'revokedAt' | 'lastUsedAt'>): {
  readonly token: AccessToken;
  readonly secretDigest: Sha256;
  readonly issued: IssuedToken;
} {
  const id = newId('tokn', about.createdAt);
  const secret = randomBytes(32).toString('base64url');
  const { expiresAt } = about;
  return {
    token: { ...about, id, revokedAt: null, lastUsedAt: null },
    secretDigest: sha256(secret),
    issued: { id, token: `hgt_${id}_${secret}`, expiresAt },
  };
}
