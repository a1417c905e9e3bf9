import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import fastifyCookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Side } from '../../core/accounts/account.ts';
import type { SignIns } from '../../core/accounts/sign-in.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { refusalAnswer, sendAnswer, sendRefusal } from './answers.ts';
import type { ApiRoute } from './api/api-route.ts';
import { serveRoutes } from './api/serve-routes.ts';
import { authenticateRequests } from './authenticate.ts';
import { endWithRefusal, limitConnections, type OpenConnections } from './connection-limit.ts';
import { allowOrigins } from './cross-origin.ts';
import type { HttpLimits, HttpTally } from './limits.ts';
import { describeApi } from './openapi.ts';
import { servePages } from './pages.ts';
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
  /** A proxy is in front: the address that it adds last to X-Forwarded-For is the client's. */
  readonly behindProxy: boolean;
  /** Where connections are counted. */
  readonly open: OpenConnections;
  /** Uploads; null on the side that takes none. */
  readonly uploads: TusExchanges | null;
  /** Origins of other sites whose pages may use this door. */
  readonly allowedOrigins: readonly string[];
  /** The routes of the API beside tus. */
  readonly api: readonly ApiRoute[];
  /** The folder that the pages were built into; null for none. */
  readonly pages: string | null;
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
    trustProxy: (_address, hop) => parts.behindProxy && hop === 0,
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
  app.addHook('onRequest', async (request, reply) => {
    addHeaders(request, reply);
    if (hasTwoHosts(request)) return sendRefusal(request, reply, 'request-malformed');
  });
  void app.register(fastifyCookie, { hook: 'onRequest' });
  allowOrigins(app, parts.allowedOrigins);
  authenticateRequests(app, parts);
  app.setNotFoundHandler((request, reply) => sendRefusal(request, reply, 'route-unknown'));
  app.setErrorHandler(async (error, request, reply) => {
    // What Fastify says of a body: none of our types, no JSON, too long.
    if (isBodyFault(error)) return sendRefusal(request, reply, 'body-invalid');
    log.error('request-failed', { request: request.id, error });
    await sendAnswer(request, reply, refusalAnswer('failed'));
  });
  const description = describeApi(parts.side, parts.api);
  void app.register(async (routes) => {
    routes.get('/api/v1/openapi.json', { config: { access: 'open' } }, (_request, reply) =>
      reply.send(description),
    );
    serveRoutes(routes, parts.api, parts.signIns);
    await servePages(routes, parts.side, parts.pages);
  });
  if (parts.uploads !== null) {
    void app.register(tusRoutes(parts.uploads, parts.signIns), { prefix: UPLOADS_PATH });
  }
  return app;
}

function addHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
}

/** Node takes the first of two hosts; whoever stands before us may take the last (RFC 9112 section 3.2). */
function hasTwoHosts({ raw: { rawHeaders } }: FastifyRequest): boolean {
  return rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === 'host').length > 1;
}

function isBodyFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('FST_ERR_CTP_');
}

function clientFault(code: string): 'headers-too-large' | 'request-too-slow' | 'request-malformed' {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-too-slow' : 'request-malformed';
}
