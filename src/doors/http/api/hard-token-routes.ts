import { z } from 'zod';
import { reportOwnHardTokenLost } from '../../../core/accounts/hard-tokens/change-hard-tokens.ts';
import { isoTime, isoTimeOrNull } from '../../../core/kit/clock.ts';
import { accept } from '../../../core/kit/result.ts';
import { sessionOf } from '../authenticate.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { time } from './schemas.ts';

const hardToken = z
  .strictObject({
    id: z.string(),
    serial: z.string(),
    manufacturer: z.string(),
    assignedAt: time,
    lastUsedAt: time.nullable(),
    expiresAt: time.nullable(),
  })
  .meta({ id: 'HardToken' });

/** The hard tokens of a person: to see, and to say that one is lost. They are given out by the site. */
export function hardTokenRoutes({ intake, signIns }: ApiParts): readonly ApiRoute[] {
  const list = apiRoute({
    method: 'GET',
    path: '/hard-tokens',
    access: 'session',
    summary: 'Your hard tokens that are not lost',
    answer: z.strictObject({ tokens: z.array(hardToken) }),
    async handle({ raw }) {
      const tokens = await intake.ledger.hardTokensOf(sessionOf(raw).account);
      return accept({
        tokens: tokens.map(({ id, serial, manufacturer, importedAt, ...token }) => ({
          id,
          serial,
          manufacturer,
          assignedAt: isoTime(token.assignedAt ?? importedAt),
          lastUsedAt: isoTimeOrNull(token.lastUsedAt),
          expiresAt: isoTimeOrNull(token.expiresAt),
        })),
      });
    },
  });
  const lost = apiRoute({
    method: 'DELETE',
    path: '/hard-tokens/:id',
    access: 'session',
    summary:
      'Say that a hard token of yours is lost; it opens nothing from then on, other browsers are signed out',
    params: z.strictObject({ id: z.string().max(64) }),
    answer: 'nothing',
    async handle({ raw, params }) {
      const reported = await reportOwnHardTokenLost(signIns, sessionOf(raw), params.id);
      return reported.ok ? accept(undefined) : reported;
    },
  });
  return [list, lost];
}
