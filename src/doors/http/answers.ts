import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type HttpRefusal, REFUSALS, type RefusalWords } from './refusals.ts';

/** A whole answer, before it meets a socket. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** How long the rest of a refused body is read and thrown away, so that its sender gets to see the answer. */
const LINGER = 2000;

/**
 * The answer to a refusal: `{error: {code, message}}`. `detail` is a fragment of a sentence that says which part was
 * wrong; it stands before what to do next.
 */
export function refusalAnswer(refusal: HttpRefusal, detail?: string): Answer {
  const { status, message, headers }: RefusalWords = REFUSALS[refusal];
  const words = detail === undefined ? message : `${capital(detail)}. ${message}`;
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: safeJson({ error: { code: refusal, message: words } }),
  };
}

/** JSON without `<`, so that no name in it becomes markup, wherever it is shown. */
function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/**
 * Writes an answer to a request of which the body may still be on its way, and takes the reply away from Fastify.
 *
 * Where it is, the connection ends with the answer (RFC 9112 section 9.6): the answer goes out first, then what comes
 * is read and dropped for a while, since closing on unread bytes would reset the connection under the answer.
 */
export async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  if (raw.headersSent || raw.destroyed) return;
  const unread = !request.raw.complete;
  const headers: OutgoingHttpHeaders = {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    ...answer.headers,
    ...(answer.body !== null && { 'content-length': Buffer.byteLength(answer.body) }),
    ...(unread && { connection: 'close' }),
  };
  raw.writeHead(answer.status, headers);
  if (answer.body === null) raw.flushHeaders();
  else raw.write(answer.body);
  if (unread) await discard(request.raw);
  raw.end();
}

/** Answers a refusal with `sendAnswer`. */
export function sendRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: HttpRefusal,
  detail?: string,
): Promise<void> {
  return sendAnswer(request, reply, refusalAnswer(refusal, detail));
}

function discard(body: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, LINGER);
    function done(): void {
      clearTimeout(timer);
      body.off('end', done).off('close', done);
      resolve();
    }
    body.once('end', done).once('close', done);
    body.on('error', () => undefined);
    body.resume();
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
