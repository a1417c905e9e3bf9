import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { grantUpload } from '../../../core/accounts/grant-upload.ts';
import type { Session, SignIns } from '../../../core/accounts/sign-in.ts';
import { parseId } from '../../../core/kit/ids.ts';
import { type Answer, sendAnswer, sendRefusal } from '../answers.ts';
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
export function tusRoutes(
  exchanges: TusExchanges,
  signIns: SignIns,
): (app: FastifyInstance) => Promise<void> {
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
      const answered = await exchanges.answer({ request, method, session, id });
      const isBegun = method === 'POST' && id === null && answered.status === 201;
      await sendAnswer(request, reply, isBegun ? await withGrant(signIns, session, answered) : answered);
    };

    app.addHook('onRoute', (route) => {
      route.config = { access: route.method === 'OPTIONS' ? 'open' : 'upload', ...route.config };
    });
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

/**
 * Whoever begins an upload in a browser is given a token for that upload alone, so that it outlives the session. The
 * upload is begun by then.
 */
async function withGrant(signIns: SignIns, session: Session, answer: Answer): Promise<Answer> {
  const upload = parseId('file', answer.headers['location']?.split('/').at(-1) ?? '');
  if (session.scopes !== null || upload === null) return answer;
  const { token } = await grantUpload(signIns, session, upload);
  return { ...answer, headers: { ...answer.headers, 'upload-grant': token } };
}

/** The method that a client means who can only send POST (tus 1.0, X-HTTP-Method-Override). */
function overriding({ headers }: FastifyRequest<OneUpload>): 'HEAD' | 'PATCH' | 'DELETE' | null {
  const named = headers['x-http-method-override'];
  return named === 'HEAD' || named === 'PATCH' || named === 'DELETE' ? named : null;
}
