import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { MINUTE, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import { createMetrics } from './metrics.ts';
import { createPasswordCheck, SECURITY_HEADERS, UNAUTHENTICATED_ROUTES } from './ops-access.ts';
import type { HealthCheck, MetricSources, QueueView } from './ports.ts';
import { addQueueBoard } from './queue-board.ts';
import { createReadiness } from './readiness.ts';

/** What the ops listener shows, and where. */
export interface OpsOptions {
  /** Port 0 takes any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** For everything but `UNAUTHENTICATED_ROUTES`. */
  readonly password: string;
  readonly checks: readonly HealthCheck[];
  readonly sources: MetricSources;
  readonly queueView: QueueView;
  readonly log: Logger;
}

/** The listener for operators. */
export interface Ops {
  readonly host: string;
  readonly port: number;
  /** Ends all connections. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the listener for operators, apart from the doors: `/healthz` (it lives), `/readyz` (its parts work; 503
 * when one does not), `/metrics` (Prometheus text) and `/queues` (the dashboard). Rejects when it cannot listen.
 */
export async function startOps(options: OpsOptions): Promise<Ops> {
  const app = fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: 30 * SECOND,
    connectionTimeout: MINUTE,
    forceCloseConnections: true,
  });
  guard(app, options.password);
  addRoutes(app, options);
  addQueueBoard(app, options.queueView);
  await app.listen({ ...options.listen });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the ops listener has no address');
  return {
    host: address.address,
    port: address.port,
    async close() {
      await app.close();
    },
  };
}

/** Before routing is acted on, so that also a path that does not exist asks for the password. */
function guard(app: FastifyInstance, password: string): void {
  const isRight = createPasswordCheck(password);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (UNAUTHENTICATED_ROUTES.includes(request.routeOptions.url ?? '')) return;
    if (isRight(request.headers.authorization)) return;
    return reply
      .code(401)
      .header('www-authenticate', 'Basic realm="havengate ops", charset="UTF-8"')
      .send({ error: 'the ops password is needed' });
  });
}

function addRoutes(app: FastifyInstance, options: OpsOptions): void {
  const readiness = createReadiness(options.checks, options.log);
  const metrics = createMetrics(options);
  app.get('/healthz', async () => ({ live: true }));
  app.get('/readyz', async (_request, reply) => {
    const answer = await readiness();
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.read()));
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500)
      return reply.code(status).send({ error: 'this is not a request that is understood here' });
    options.log.error('ops-request-failed', { path: request.routeOptions.url, error });
    return reply.code(500).send({ error: 'this failed; the log says why' });
  });
}
