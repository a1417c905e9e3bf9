import { z } from 'zod';
import { type AccessToken, type SshKey, TOKEN_SCOPES } from '../../../core/accounts/account.ts';
import { addToken } from '../../../core/accounts/change-account.ts';
import { addSshKey, removeSshKey } from '../../../core/accounts/change-keys.ts';
import { changePassword } from '../../../core/accounts/change-password.ts';
import { revokeOwnToken } from '../../../core/accounts/revoke-token.ts';
import type { Session } from '../../../core/accounts/sign-in.ts';
import {
  endWebSessions,
  isLive,
  WEB_SESSION_LIMITS,
  type WebSession,
} from '../../../core/accounts/web-session.ts';
import { actorOf } from '../../../core/custody/actors.ts';
import { DAY, isoTime, isoTimeOrNull } from '../../../core/kit/clock.ts';
import { parseId } from '../../../core/kit/ids.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { entranceOf, sessionOf } from '../authenticate.ts';
import { assertionSchema, toAssertion } from '../keys/key-schemas.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { time } from './schemas.ts';

const session = z
  .strictObject({
    id: z.string(),
    source: z.string().describe('The address that it was opened from.'),
    createdAt: time,
    seenAt: time,
    until: time,
    current: z.boolean().describe('The one that asks.'),
  })
  .meta({ id: 'Session' });

const scope = z.enum(TOKEN_SCOPES);

const token = z
  .strictObject({
    id: z.string(),
    scopes: z.array(scope),
    createdAt: time,
    expiresAt: time,
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'Token' });

const key = z
  .strictObject({
    id: z.string(),
    algorithm: z.string(),
    fingerprint: z.string(),
    comment: z.string(),
    addedAt: time,
  })
  .meta({ id: 'SshKey' });

const idParams = z.strictObject({ id: z.string().max(64) });

/** How somebody signs in, and where they are signed in: their own to see and to change. */
export function securityRoutes(parts: ApiParts): readonly ApiRoute[] {
  return [...sessionRoutes(parts), ...tokenRoutes(parts), ...keyRoutes(parts), passwordRoute(parts)];
}

function sessionRoutes({ intake, signIns }: ApiParts): readonly ApiRoute[] {
  const list = apiRoute({
    method: 'GET',
    path: '/sessions',
    access: 'session',
    summary: 'The browsers that you are signed in with',
    answer: z.strictObject({ sessions: z.array(session) }),
    async handle({ raw }) {
      const own = sessionOf(raw);
      const now = intake.clock.now();
      const kept = await intake.ledger.listWebSessions(own.account, now);
      const live = kept.filter((one) => isLive(one, now, WEB_SESSION_LIMITS));
      return accept({ sessions: live.map((one) => showSession(one, own)) });
    },
  });
  const end = apiRoute({
    method: 'DELETE',
    path: '/sessions/:id',
    access: 'session',
    summary: 'End one of your sessions',
    params: idParams,
    answer: 'nothing',
    async handle({ raw, params }) {
      const only = parseId('sess', params.id);
      const ended = only === null ? 0 : await endWebSessions(signIns, sessionOf(raw), { only });
      return ended === 0 ? refuse('not-found') : accept(undefined);
    },
  });
  return [list, end];
}

function tokenRoutes({ intake, side }: ApiParts): readonly ApiRoute[] {
  const list = apiRoute({
    method: 'GET',
    path: '/tokens',
    access: 'session',
    summary: 'Your access tokens, without their secrets',
    answer: z.strictObject({ tokens: z.array(token) }),
    async handle({ raw }) {
      const tokens = await intake.ledger.listTokens(sessionOf(raw).account, intake.clock.now());
      return accept({ tokens: tokens.filter((one) => one.side === side).map(showToken) });
    },
  });
  const add = apiRoute({
    method: 'POST',
    path: '/tokens',
    access: 'session',
    takes: 'proof',
    summary: 'Make an access token for this side; its secret is told once',
    body: z.strictObject({ scopes: z.array(scope).min(1), days: z.number().int().min(1).max(366) }),
    answer: z.strictObject({ id: z.string(), token: z.string(), expiresAt: time }).meta({ id: 'NewToken' }),
    async handle({ raw, body: { scopes, days } }) {
      const own = sessionOf(raw);
      const made = await addToken(intake, actorOf(own), {
        name: own.name,
        scopes,
        side,
        lifetime: days * DAY,
      });
      if (!made.ok) return made;
      const { id, token: text, expiresAt } = made.value;
      return accept({ id, token: text, expiresAt: isoTime(expiresAt) });
    },
  });
  const revoke = apiRoute({
    method: 'DELETE',
    path: '/tokens/:id',
    access: 'session',
    summary: 'Revoke one of your access tokens; it opens nothing from then on',
    params: idParams,
    answer: 'nothing',
    handle: async ({ raw, params }) => revokeOwnToken(intake, sessionOf(raw), params.id),
  });
  return [list, add, revoke];
}

function keyRoutes({ intake }: ApiParts): readonly ApiRoute[] {
  const list = apiRoute({
    method: 'GET',
    path: '/ssh-keys',
    access: 'session',
    summary: 'Your public keys for SFTP',
    answer: z.strictObject({ keys: z.array(key) }),
    async handle({ raw }) {
      const credentials = await intake.ledger.credentialsOf(sessionOf(raw).account);
      return accept({ keys: (credentials?.sshKeys ?? []).map(showKey) });
    },
  });
  const add = apiRoute({
    method: 'POST',
    path: '/ssh-keys',
    access: 'session',
    takes: 'proof',
    summary: 'Add a public key, as a line of an OpenSSH public key file',
    body: z.strictObject({ line: z.string().max(16_384) }),
    answer: key,
    async handle({ raw, body }) {
      const own = sessionOf(raw);
      const added = await addSshKey(intake, actorOf(own), own.name, body.line.trim());
      return added.ok ? accept(showKey(added.value)) : added;
    },
  });
  const remove = apiRoute({
    method: 'DELETE',
    path: '/ssh-keys/:id',
    access: 'session',
    summary: 'Remove a public key; what it has opened is closed',
    params: idParams,
    answer: 'nothing',
    async handle({ raw, params }) {
      const own = sessionOf(raw);
      const removed = await removeSshKey(intake, actorOf(own), own.name, params.id);
      return removed.ok ? accept(undefined) : removed;
    },
  });
  return [list, add, remove];
}

function passwordRoute(parts: ApiParts): ApiRoute {
  const { signIns } = parts;
  return apiRoute({
    method: 'POST',
    path: '/password',
    access: 'session',
    takes: 'token',
    summary: 'Change your password; your other browsers are signed out',
    body: z.strictObject({
      current: z.string().max(1024),
      code: z.string().max(24).optional(),
      assertion: assertionSchema.optional().describe('Of a key that one has, in the place of a code.'),
      next: z.string().max(1024),
    }),
    answer: 'nothing',
    async handle({ raw, body: { current: password, code = '', assertion, next } }) {
      const proof =
        assertion === undefined
          ? ({ kind: 'code', password, code } as const)
          : ({ kind: 'security-key', password, assertion: toAssertion(assertion) } as const);
      const changed = await changePassword(signIns, sessionOf(raw), entranceOf(parts, raw), proof, next);
      return changed.ok ? accept(undefined) : changed;
    },
  });
}

function showSession({ id, source, createdAt, seenAt, until }: WebSession, own: Session) {
  const times = { createdAt: isoTime(createdAt), seenAt: isoTime(seenAt), until: isoTime(until) };
  return { id, source, ...times, current: id === own.id };
}

function showToken({ id, scopes, createdAt, expiresAt, lastUsedAt }: AccessToken) {
  const times = { createdAt: isoTime(createdAt), expiresAt: isoTime(expiresAt) };
  return { id, scopes: [...scopes], ...times, lastUsedAt: isoTimeOrNull(lastUsedAt) };
}

function showKey({ id, algorithm, fingerprint, comment, addedAt }: SshKey) {
  return { id, algorithm, fingerprint, comment, addedAt: isoTime(addedAt) };
}
