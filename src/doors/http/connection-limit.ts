import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { sourceNetwork } from '../../core/accounts/source-ranges.ts';
import { refusalAnswer } from './answers.ts';
import type { HttpLimits, HttpTally } from './limits.ts';

/** How many connections each source has. */
export type OpenConnections = Map<string, number>;

/**
 * Keeps one source from taking all connections: those over the limit get 429 (RFC 6585 section 4) and are closed.
 * Counts in `open` how many there are, by source.
 */
export function limitConnections(
  server: Server,
  limits: HttpLimits,
  tally: HttpTally,
  open: OpenConnections,
): void {
  server.maxConnections = limits.connections;
  server.on('drop', () => tally.refused('connections'));
  server.on('connection', (socket: Socket) => {
    const source = sourceNetwork(socket.remoteAddress ?? '');
    const count = (open.get(source) ?? 0) + 1;
    open.set(source, count);
    socket.once('close', () => {
      const left = (open.get(source) ?? 1) - 1;
      if (left === 0) open.delete(source);
      else open.set(source, left);
    });
    if (count <= limits.connectionsPerSource) return;
    tally.refused('connectionsPerSource');
    endWithRefusal(socket, 'too-many-connections');
  });
}

/** Ends a connection that has no request to answer, in words. */
export function endWithRefusal(
  socket: Socket,
  refusal: 'too-many-connections' | 'request-malformed' | 'request-too-slow' | 'headers-too-large',
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = refusalAnswer(refusal);
  const lines = Object.entries({
    ...headers,
    'content-length': Buffer.byteLength(body ?? ''),
    connection: 'close',
  });
  const head = [`HTTP/1.1 ${status} Refused`, ...lines.map(([name, value]) => `${name}: ${value}`)].join(
    '\r\n',
  );
  socket.on('error', () => undefined);
  socket.end(`${head}\r\n\r\n${body ?? ''}`, () => socket.destroySoon());
}
