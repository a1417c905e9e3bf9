import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendAnswer, sendRefusal } from '../answers.ts';
import { sessionOf } from '../authenticate.ts';
import type { TusExchanges } from './tus-exchanges.ts';
import type { TusMethod } from './tus-headers.ts';

interface OneUpload {
  readonly Params: { readonly id: string };
}

/**
 * The tus routes, below the prefix of the plugin. Encapsulated: bodies are not parsed here, they are left on the
 * socket for the uploads; everywhere else Fastify keeps its parsers.
 */
export function tusRoutes(exchanges: TusExchanges): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _body, done) => done(null));

    const describe = async (request: FastifyRequest, reply: FastifyReply): Promise<void> =>
      sendAnswer(request, reply, await exchanges.describe());
    const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      reply.header('allow', 'POST, HEAD, PATCH, DELETE, OPTIONS');
      return sendRefusal(request, reply, 'method-not-allowed');
    };
    const answer = async (
      request: FastifyRequest,
      reply: FastifyReply,
      method: TusMethod,
      id: string | null,
    ): Promise<void> => {
      const session = sessionOf(request);
      reply.hijack();
      reply.header('tus-resumable', '1.0.0');
      await sendAnswer(request, reply, await exchanges.answer({ request, method, session, id }));
    };

    app.options('', describe);
    app.options('/:id', describe);
    app.post('', (request, reply) => answer(request, reply, 'POST', null));
    app.get('', { exposeHeadRoute: false }, refuse);
    for (const method of ['HEAD', 'PATCH', 'DELETE'] as const) {
      app.route<OneUpload>({
        method,
        url: '/:id',
        handler: (request, reply) => answer(request, reply, method, request.params.id),
      });
    }
    app.get('/:id', { exposeHeadRoute: false }, refuse);
    app.post<OneUpload>('/:id', (request, reply) => {
      const method = overriding(request);
      return method === null ? refuse(request, reply) : answer(request, reply, method, request.params.id);
    });
  };
}

/** The method that a client means who can only send POST (tus 1.0, X-HTTP-Method-Override). */
function overriding({ headers }: FastifyRequest<OneUpload>): 'HEAD' | 'PATCH' | 'DELETE' | null {
  const named = headers['x-http-method-override'];
  return named === 'HEAD' || named === 'PATCH' || named === 'DELETE' ? named : null;
}
