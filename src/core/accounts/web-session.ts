import { randomBytes } from 'node:crypto';
import type { AuditRecord } from '../audit/events.ts';
import { HOUR, type Instant, MINUTE, type Millis } from '../kit/clock.ts';
import { sha256 } from '../kit/digest.ts';
import { type AccountId, parseId, type SessionId } from '../kit/ids.ts';
import type { Side } from './account.ts';
import { sameText } from './same-text.ts';
import { hintSecurityMail } from './security-notice.ts';
import type { Entrance, Session, SignIns } from './sign-in.ts';
import { allowsSource } from './source-ranges.ts';

/** A browser that is signed in, as the ledger keeps it. The secret in its cookie is kept as a digest only. */
export interface WebSession {
  readonly id: SessionId;
  readonly account: AccountId;
  readonly side: Side;
  /** Where it was opened from. */
  readonly source: string;
  /** An emergency code stood in for the token, and the person has no new one yet. */
  readonly inEmergency: boolean;
  /** It was opened by an invitation, and the person has no token yet: they make one in it, and do nothing else. */
  readonly inActivation: boolean;
  /** When the person proved last, within it, that they are who they were; null since the sign-in. */
  readonly provenAt: Instant | null;
  readonly createdAt: Instant;
  /** Roughly when it was used last. */
  readonly seenAt: Instant;
  /** When it ends, however much it is used. */
  readonly until: Instant;
  /** When it was ended before that. */
  readonly endedAt: Instant | null;
}

/** How long a session lasts that is not used, and in all. */
export interface WebSessionLimits {
  readonly idle: Millis;
  readonly absolute: Millis;
}

/** An afternoon without a look at the page, and a working day in all. */
export const WEB_SESSION_LIMITS: WebSessionLimits = { idle: 4 * HOUR, absolute: 12 * HOUR };

/** How a session is asked for. A mere look does not count as using it. */
export interface WebSessionUse {
  readonly isLook?: boolean;
  readonly limits?: WebSessionLimits;
}

/** A session in steady use is written about so often. */
const SEEN_EVERY: Millis = MINUTE;

/**
 * Keeps a session that was just granted for a browser, and returns what its cookie holds: `hgs_`, the id, and 256
 * random bits. Every sign-in makes a new one; none is ever prolonged beyond its absolute limit.
 */
export async function keepWebSession(
  { ledger, clock }: SignIns,
  session: Session,
  source: string,
  limits: WebSessionLimits = WEB_SESSION_LIMITS,
): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  const at = clock.now();
  const { id, account, side, inEmergency = false, inActivation = false } = session;
  const kept = {
    id,
    account,
    side,
    source,
    inEmergency,
    inActivation,
    // Who has shown a link a moment ago has proven who they are.
    provenAt: inActivation ? at : null,
    createdAt: at,
    seenAt: at,
    until: at + limits.absolute,
    endedAt: null,
  };
  await ledger.addWebSession(kept, sha256(secret));
  return cookieText(id, secret);
}

/** What the cookie of a session holds. */
export function cookieText(id: SessionId, secret: string): string {
  return `hgs_${id}_${secret}`;
}

/**
 * The session that a cookie stands for, or null: unknown, ended, idle for too long, over, of the other side, from where
 * its account may not come from, or its account is not active. Looked up at every request, the account last.
 */
export async function findWebSession(
  { ledger, clock }: SignIns,
  { side, door, source }: Entrance,
  text: string,
  { isLook = false, limits = WEB_SESSION_LIMITS }: WebSessionUse = {},
): Promise<Session | null> {
  const found = await lookUp(ledger, text);
  if (found === null) return null;
  const now = clock.now();
  if (found.side !== side || !isLive(found, now, limits)) return null;
  const account = await ledger.accountById(found.account);
  if (account?.status !== 'active' || !allowsSource(account.sources, source)) return null;
  if (!isLook && now - found.seenAt >= SEEN_EVERY) await ledger.touchWebSession(found.id, now);
  return {
    id: found.id,
    account: account.id,
    name: account.name,
    side,
    door,
    scopes: null,
    ...(found.inEmergency && { inEmergency: true }),
    ...(found.inActivation && { inActivation: true }),
  };
}

/**
 * Ends one session of the account of a session, perhaps that very one, or all but one (`except`). Returns how many were
 * live. Idempotent. The owner is told by mail, unless it is the session itself that ends.
 */
export async function endWebSessions(
  deps: SignIns,
  session: Session,
  which: { readonly only: SessionId } | { readonly except: SessionId },
): Promise<number> {
  const at = deps.clock.now();
  const isOwn = 'only' in which && which.only === session.id;
  const count = await deps.ledger.endWebSessions(session.account, which, at, ended(session, at, isOwn));
  if (count > 0 && !isOwn) hintSecurityMail(deps, session.account);
  return count;
}

/** Whether a session may still be used. */
export function isLive(session: WebSession, now: Instant, limits: WebSessionLimits): boolean {
  return session.endedAt === null && session.until > now && session.seenAt + limits.idle > now;
}

async function lookUp(ledger: SignIns['ledger'], text: string): Promise<WebSession | null> {
  const [, idText, secret] = /^hgs_(sess_[0-9a-z]{26})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  const id = parseId('sess', idText ?? '');
  if (id === null || secret === undefined) return null;
  const found = await ledger.webSessionById(id);
  return found !== null && sameText(found.secretDigest, sha256(secret)) ? found.session : null;
}

function ended(session: Session, at: Instant, isOwn: boolean): AuditRecord {
  const { account, side, door } = session;
  return {
    at,
    actor: { kind: 'account', account, side, door },
    event: {
      type: 'web-sessions-ended',
      subjects: { account },
      data: { which: isOwn ? 'own' : 'others' },
    },
  };
}
