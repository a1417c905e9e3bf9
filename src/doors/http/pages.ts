import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { Side } from '../../core/accounts/account.ts';
import { sendRefusal } from './answers.ts';
import { frontPage } from './front-page.ts';

/**
 * The addresses that the pages have. The page itself shows what belongs to the address; it holds nothing of anybody,
 * so that it is served to everybody.
 */
const PAGE_PATHS: readonly string[] = [
  '/',
  '/upload',
  '/arrivals',
  '/outbound',
  '/security',
  '/help',
  '/emergency',
  '/forgotten',
  '/reset',
  '/activate',
];

/**
 * What a page may load (CSP level 3): its own scripts and styles, pictures it makes itself, and this door's API.
 * Nothing inline, nothing from elsewhere, and nobody may frame it.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types havengate-worker',
].join('; ');

const A_YEAR = '31536000';

/** The name of an asset: plain, in no folder. */
const ASSET = /^\w[\w-]*(\.\w[\w-]*)+$/;

/**
 * Serves the pages of the portal from the folder that they were built into. Without it (`null`, or never built) there
 * is a plain page at `/` that says what this door is. Assets have a digest in their name and are kept for a year.
 */
export async function servePages(app: FastifyInstance, side: Side, folder: string | null): Promise<void> {
  if (folder === null || !existsSync(join(folder, 'index.html'))) {
    const page = frontPage(side);
    app.get('/', { config: { access: 'open' } }, (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(page),
    );
    return;
  }
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, preCompressed: true });
  for (const path of PAGE_PATHS) {
    app.get(path, { config: { access: 'open' } }, (_request, reply) =>
      reply
        .header('content-security-policy', PAGE_POLICY)
        .header('cache-control', 'no-cache')
        .sendFile('index.html'),
    );
  }
  app.get<{ Params: { readonly '*': string } }>(
    '/assets/*',
    { config: { access: 'open' } },
    (request, reply) => {
      const name = request.params['*'];
      if (!ASSET.test(name)) return sendRefusal(request, reply, 'route-unknown');
      return reply
        .header('content-security-policy', PAGE_POLICY)
        .header('cache-control', `public, max-age=${A_YEAR}, immutable`)
        .sendFile(`assets/${name}`);
    },
  );
}
