import type { Side } from '../../core/accounts/account.ts';
import type { ApiRoute } from './api/api-route.ts';
import { describeRoutes } from './api/describe-routes.ts';
import { UPLOADS_PATH } from './uploads/tus-exchanges.ts';
import { CHECKSUM_ALGORITHMS } from './uploads/upload-checksum.ts';

type Node = { readonly [key: string]: unknown };

/**
 * The description of this door's API (OpenAPI 3.1), for its side: exactly the routes that exist. What is JSON is
 * described by the very schemas that requests are checked by.
 */
export function describeApi(side: Side, routes: readonly ApiRoute[]): Node {
  const described = describeRoutes(routes);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Havengate',
      version: '1',
      description: 'The door of a data safe haven. Times are ISO 8601 with Z, sizes are bytes.',
    },
    security: [{ token: [] }, { session: [] }],
    paths: { ...COMMON_PATHS, ...described.paths, ...(side === 'outside' && UPLOAD_PATHS) },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A personal access token of this side.' },
        session: { type: 'apiKey', in: 'cookie', name: `__Host-havengate-${side}` },
      },
      schemas: {
        ...described.schemas,
        Error: {
          type: 'object',
          required: ['error'],
          properties: {
            error: {
              type: 'object',
              required: ['code', 'message'],
              properties: {
                code: { type: 'string', description: 'Stable; programs may rely on it.' },
                message: { type: 'string', description: 'What went wrong, what was kept, what to do next.' },
              },
            },
          },
        },
      },
    },
  };
}

const REFUSED: Node = {
  description: 'Refused, in words',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

const ID: Node = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

function header(name: string, description: string, required = true): Node {
  return { name, in: 'header', required, description, schema: { type: 'string' } };
}

const TUS = header('Tus-Resumable', '1.0.0');
const CHECKSUM = header('Upload-Checksum', `${CHECKSUM_ALGORITHMS.join(', ')}, a space, base64`, false);

const COMMON_PATHS: Node = {
  '/': {
    get: { summary: 'What this is, for people', security: [], responses: { 200: { description: 'A page' } } },
  },
  '/api/v1/openapi.json': {
    get: { summary: 'This description', security: [], responses: { 200: { description: 'OpenAPI 3.1' } } },
  },
};

const UPLOAD_PATHS: Node = {
  [UPLOADS_PATH]: {
    options: {
      summary: 'What of tus 1.0 is spoken',
      security: [],
      responses: { 204: { description: 'In headers' } },
    },
    post: {
      summary: 'Start an upload; it lands in Arrivals (tus 1.0, creation)',
      description: 'Metadata: filename (else name), relativePath. The body may bring the first bytes.',
      parameters: [
        TUS,
        header('Upload-Length', 'Size in bytes'),
        header('Upload-Metadata', 'Keys and base64'),
        CHECKSUM,
      ],
      responses: {
        201: {
          description:
            'Location is the address of the upload. To a browser, Upload-Grant is a token that opens this upload alone.',
        },
        default: REFUSED,
      },
    },
  },
  [`${UPLOADS_PATH}/{id}`]: {
    parameters: [ID],
    options: {
      summary: 'What of tus 1.0 is spoken',
      security: [],
      responses: { 204: { description: 'In headers' } },
    },
    head: {
      summary: 'Where an upload is; for complete ones too, long after',
      parameters: [TUS],
      responses: { 200: { description: 'Upload-Offset, Upload-Length' }, default: REFUSED },
    },
    patch: {
      summary: 'Go on with an upload; at its length it is safe when this is answered',
      parameters: [TUS, header('Upload-Offset', 'Where the body begins'), CHECKSUM],
      requestBody: { content: { 'application/offset+octet-stream': {} } },
      responses: { 204: { description: 'Upload-Offset is the new offset' }, default: REFUSED },
    },
    delete: {
      summary: 'Remove an upload that is not complete (tus 1.0, termination)',
      parameters: [TUS],
      responses: { 204: { description: 'Removed' }, default: REFUSED },
    },
    post: {
      summary: 'HEAD, PATCH or DELETE for clients that can only POST',
      parameters: [TUS, header('X-HTTP-Method-Override', 'The method that is meant')],
      responses: { default: REFUSED },
    },
  },
};
