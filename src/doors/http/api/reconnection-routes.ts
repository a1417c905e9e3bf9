import { z } from 'zod';
import { endReconnections } from '../../../core/accounts/end-reconnections.ts';
import { type Reconnection, splitMarks } from '../../../core/accounts/reconnection.ts';
import { actorOf } from '../../../core/custody/actors.ts';
import { isoTime, isoTimeOrNull } from '../../../core/kit/clock.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { sessionOf } from '../authenticate.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { time } from './schemas.ts';

const reconnection = z
  .strictObject({
    id: z.string(),
    source: z.string().describe('The address that one has to come from.'),
    proofs: z.array(z.string()).describe('Fingerprints of keys, or `password`: what has to be proven again.'),
    signedInAt: time.describe('When a code was given.'),
    usedAt: time.nullable(),
    until: time,
  })
  .meta({ id: 'Reconnection' });

/** Programs that may come back over SFTP without a new code, for uploading: their owner's to see and to end. */
export function reconnectionRoutes({ intake }: ApiParts): readonly ApiRoute[] {
  const list = apiRoute({
    method: 'GET',
    path: '/reconnections',
    access: 'session',
    summary: 'From where you may come back over SFTP without a new code, newest first',
    answer: z.strictObject({ reconnections: z.array(reconnection) }),
    async handle({ raw }) {
      const live = await intake.ledger.listReconnections(sessionOf(raw).account, intake.clock.now());
      return accept({ reconnections: live.map(show) });
    },
  });
  const end = apiRoute({
    method: 'DELETE',
    path: '/reconnections/:id',
    access: 'session',
    summary: 'Be asked for a code again; what it has opened is closed',
    params: z.strictObject({ id: z.string().max(64) }),
    answer: 'nothing',
    async handle({ raw, params }) {
      const own = sessionOf(raw);
      const ended = await endReconnections(intake, actorOf(own), own.name, params.id);
      return ended.ok ? accept(undefined) : refuse('not-found');
    },
  });
  return [list, end];
}

function show({ id, source, proofs, at, usedAt, until }: Reconnection) {
  const times = { signedInAt: isoTime(at), usedAt: isoTimeOrNull(usedAt), until: isoTime(until) };
  return { id, source, proofs: [...splitMarks(proofs)], ...times };
}
