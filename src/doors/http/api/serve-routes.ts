import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { SignIns } from '../../../core/accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import { sendRefusal } from '../answers.ts';
import { sessionOf } from '../authenticate.ts';
import type { HttpRefusal } from '../refusals.ts';
import { type ApiRequest, type ApiRoute, barredBy } from './api-route.ts';

/** The prefix of all routes of the API. */
export const API_PATH = '/api/v1';

/** Serves routes of the API: checks each request by the route's schemas, and answers in JSON or refuses in words. */
export function serveRoutes(app: FastifyInstance, routes: readonly ApiRoute[], signIns: SignIns): void {
  for (const route of routes) {
    app.route({
      method: route.method,
      url: `${API_PATH}${route.path}`,
      exposeHeadRoute: false,
      config: { access: route.access, duringActivation: route.duringActivation === true },
      handler: async (raw, reply) => {
        const checked = check(route, raw.params, raw.query, raw.body);
        const answered = checked.ok
          ? await answer(route, signIns, { ...checked.value, raw, reply })
          : checked;
        if (reply.sent) return;
        if (!answered.ok) return sendRefusal(raw, reply, answered.refusal, answered.detail);
        if (answered.value === undefined) return reply.code(204).send();
        return reply.send(answered.value);
      },
    });
  }
}

async function answer(
  route: ApiRoute,
  signIns: SignIns,
  request: ApiRequest<unknown, unknown, unknown>,
): Promise<Result<unknown, HttpRefusal>> {
  const { takes } = route;
  const barred = takes === undefined ? null : await barredBy(signIns, takes, sessionOf(request.raw));
  return barred === null ? route.handle(request) : refuse(barred);
}

type Checked = { readonly params: unknown; readonly query: unknown; readonly body: unknown };

function check(
  route: ApiRoute,
  params: unknown,
  query: unknown,
  body: unknown,
): Result<Checked, HttpRefusal> {
  const known = parse(route.params, params);
  // An id that is none is as good as an unknown one.
  if (!known.ok) return refuse('not-found');
  const asked = parse(route.query, query);
  if (!asked.ok) return refuse('query-invalid', asked.detail);
  const given = parse(route.body, body === undefined ? {} : body);
  if (!given.ok) return refuse('body-invalid', given.detail);
  return accept({ params: known.value, query: asked.value, body: given.value });
}

function parse(schema: z.ZodType | undefined, value: unknown): Result<unknown, 'invalid'> {
  if (schema === undefined) return accept(undefined);
  const parsed = schema.safeParse(value);
  if (parsed.success) return accept(parsed.data);
  const [first] = parsed.error.issues;
  // The message never repeats what was given: it may be a password.
  return refuse(
    'invalid',
    first === undefined ? 'it cannot be read' : `${first.path.join('.') || 'it'}: ${first.message}`,
  );
}
