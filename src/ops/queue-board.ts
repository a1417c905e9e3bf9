import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { QueueView } from './ports.ts';

/** Where the dashboard is. */
const PATH = '/queues';

/** What the dashboard's page would fetch from elsewhere: its fonts. */
const FOREIGN_LINK = /<link[^>]+href="https?:[^>]*>\s*/g;

/**
 * Adds the dashboard of the queues under `/queues`: to look at, not to change. Whatever would change a queue is
 * refused (405): the queue is a hint, and jobs are made by the ledger. While Redis is away its data are too (503).
 */
export function addQueueBoard(app: FastifyInstance, view: QueueView): void {
  const adapter = new FastifyAdapter();
  createBullBoard({
    queues: view.queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Havengate queues', hideDocsLink: true } },
  });
  adapter.setBasePath(PATH);
  app.register(async (board) => {
    board.addHook('onRequest', async (request, reply) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        return reply.code(405).header('allow', 'GET, HEAD').send({ error: 'the dashboard only shows' });
      }
      if (request.url.startsWith(`${PATH}/api/`) && !view.isReachable()) {
        return reply.code(503).send({ error: 'the queue cannot be reached' });
      }
      return undefined;
    });
    board.addHook('onSend', async (_request, _reply, payload) =>
      typeof payload === 'string' ? payload.replace(FOREIGN_LINK, '') : payload,
    );
    await board.register(adapter.registerPlugin(), { prefix: PATH });
  });
}
