import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { isFreshlyProven } from '../../../core/accounts/renew-session.ts';
import type { Session, SignIns } from '../../../core/accounts/sign-in.ts';
import type { Result } from '../../../core/kit/result.ts';
import type { Access } from '../authenticate.ts';
import type { HttpRefusal } from '../refusals.ts';

/** One request to a route of the API, checked: only what the route's schemas allow is in it. */
export interface ApiRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly raw: FastifyRequest;
  /** For what is no JSON: cookies, downloads, streams. A handler that sends by itself has hijacked it. */
  readonly reply: FastifyReply;
}

/**
 * Whether a route is barred to a session for now. `token`: an emergency code opens one door once, so that its session
 * comes to a new soft token first. `proof`: the person has besides proven who they are within ten minutes.
 */
export async function barredBy(
  signIns: SignIns,
  takes: 'token' | 'proof',
  session: Session,
): Promise<'token-first' | 'step-up-needed' | null> {
  if (session.inEmergency === true) return 'token-first';
  return takes === 'token' || (await isFreshlyProven(signIns, session)) ? null : 'step-up-needed';
}

/** The schema of an answer, or what is sent in its place. */
type Answer = z.ZodType | 'nothing' | { readonly media: string; readonly what: string };

/**
 * A route of the API. Its schemas check requests and describe the route in OpenAPI, so that neither can say more than
 * the other. Objects are strict: what is not in a schema is refused, so that nothing is assigned by the way.
 */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As Fastify writes it, below `/api/v1`: `/files/:id`. */
  readonly path: string;
  readonly access: Access;
  /** Whether it answers in a session that an invitation has opened too, before there is a token. */
  readonly duringActivation?: true;
  /** What else it takes, since it gives somebody a way to sign in, or takes one away; left out, nothing. */
  readonly takes?: 'token' | 'proof';
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly answer: Answer;
  readonly handle: (request: ApiRequest<unknown, unknown, unknown>) => Promise<Result<unknown, HttpRefusal>>;
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

type Answered<A> = A extends z.ZodType ? z.input<A> : undefined;

/** Ties the types of a route's handler to its schemas. */
export function apiRoute<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodObject | undefined = undefined,
  A extends Answer = 'nothing',
>(
  route: Omit<ApiRoute, 'params' | 'query' | 'body' | 'answer' | 'handle'> & {
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    readonly answer: A;
    readonly handle: (
      request: ApiRequest<Parsed<P>, Parsed<Q>, Parsed<B>>,
    ) => Promise<Result<Answered<A>, HttpRefusal>>;
  },
): ApiRoute {
  return route as unknown as ApiRoute;
}
