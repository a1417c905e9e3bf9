import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Side } from '../../core/accounts/account.ts';
import type { SignIns } from '../../core/accounts/sign-in.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { refusalAnswer, sendAnswer, sendRefusal } from './answers.ts';
import { authenticateRequests } from './authenticate.ts';
import { endWithRefusal, limitConnections, type OpenConnections } from './connection-limit.ts';
import { allowOrigins } from './cross-origin.ts';
import { frontPage } from './front-page.ts';
import type { HttpLimits, HttpTally } from './limits.ts';
import { describeApi } from './openapi.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { type TusExchanges, UPLOADS_PATH } from './uploads/tus-exchanges.ts';
import { tusRoutes } from './uploads/tus-routes.ts';

/** What an HTTP server of one side is made of. */
export interface ServerParts {
  readonly side: Side;
  readonly signIns: SignIns;
  readonly log: Logger;
  readonly limits: HttpLimits;
  readonly tally: HttpTally;
  /** Where connections are counted. */
  readonly open: OpenConnections;
  /** Uploads; null on the side that takes none. */
  readonly uploads: TusExchanges | null;
  /** Origins of other sites whose pages may use this door. */
  readonly allowedOrigins: readonly string[];
}

/** How often connections are looked at for slow headers. */
const LOOK_EVERY = 1000;

/** Bodies of JSON routes; uploads have no limit here. */
const LARGEST_BODY = 64 * 1024;

/**
 * Builds the server with its routes; it does not listen yet. Nothing here limits how long a body takes: Node's
 * `requestTimeout` would count an upload's bytes, so it is off, and silent uploads are ended by themselves.
 */
export function createHttpServer(parts: ServerParts): FastifyInstance {
  const { limits, tally, open, log } = parts;
  const app: FastifyInstance = fastify({
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerTime,
      requestTimeout: 0,
      connectionsCheckingInterval: LOOK_EVERY,
      keepAliveTimeout: limits.keepAlive,
      noDelay: true,
    },
    keepAliveTimeout: limits.keepAlive,
    requestTimeout: 0,
    bodyLimit: LARGEST_BODY,
    return503OnClosing: false,
    genReqId: () => randomBytes(9).toString('base64url'),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 100 },
    frameworkErrors: (_error, request, reply) => {
      addHeaders(request, reply);
      void sendRefusal(request, reply, 'route-unknown');
    },
    clientErrorHandler(error, socket) {
      const fault = clientFault(error.code);
      if (fault === 'headers-too-large') tally.refused('headerBytes');
      if (fault === 'request-too-slow') tally.refused('headerTime');
      endWithRefusal(socket, fault);
    },
  });
  limitConnections(app.server as Server, limits, tally, open);
  app.addHook('onRequest', async (request, reply) => addHeaders(request, reply));
  allowOrigins(app, parts.allowedOrigins);
  authenticateRequests(app, parts);
  app.setNotFoundHandler((request, reply) => sendRefusal(request, reply, 'route-unknown'));
  app.setErrorHandler(async (error, request, reply) => {
    log.error('request-failed', { request: request.id, error });
    await sendAnswer(request, reply, refusalAnswer('failed'));
  });
  addPages(app, parts);
  if (parts.uploads !== null) void app.register(tusRoutes(parts.uploads), { prefix: UPLOADS_PATH });
  return app;
}

function addHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
}

function addPages(app: FastifyInstance, { side }: ServerParts): void {
  const page = frontPage(side);
  const api = describeApi(side);
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  app.get('/api/v1/openapi.json', (_request, reply) => reply.send(api));
}

function clientFault(code: string): 'headers-too-large' | 'request-too-slow' | 'request-malformed' {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-too-slow' : 'request-malformed';
}
