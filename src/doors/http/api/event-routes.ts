import { z } from 'zod';
import { findWebSession } from '../../../core/accounts/web-session.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { DOOR, sessionOf } from '../authenticate.ts';
import { SECURITY_HEADERS } from '../security-headers.ts';
import { sessionCookie } from '../session-cookie.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';

/** What becomes of a person's files, as it happens. */
export function eventRoutes({ side, signIns, live }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/events',
      access: 'session',
      summary: 'Changes of your files, live; each event is a File',
      query: z.strictObject({}),
      answer: { media: 'text/event-stream', what: 'Events named file; Last-Event-ID goes on where it was' },
      async handle({ raw, reply }) {
        const session = sessionOf(raw);
        if (!live.hasRoom(session.account)) return refuse('too-many-pages');
        const entrance = { side, door: DOOR, source: raw.ip };
        const cookie = sessionCookie(raw, side) ?? '';
        const last = Number(raw.headers['last-event-id'] ?? Number.NaN);
        reply.hijack();
        reply.raw.writeHead(200, {
          ...SECURITY_HEADERS,
          'content-type': 'text/event-stream',
          'x-accel-buffering': 'no',
        });
        void live.tell(reply.raw, {
          session,
          after: Number.isSafeInteger(last) && last >= 0 ? last : null,
          // To listen is not to use: a page that nobody looks at does not keep its session.
          mayStay: async () => (await findWebSession(signIns, entrance, cookie, { isLook: true })) !== null,
        });
        return accept(undefined);
      },
    }),
  ];
}
