import type { Server } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { refusalAnswer } from './answers.ts';
import type { HttpLimits } from './limits.ts';

/** Keeps one address from taking all connections: those over the limit get 429 (RFC 6585 section 4) and are closed. */
export function limitConnections(server: Server, limits: HttpLimits): void {
  const open = new Map<string, number>();
  server.maxConnections = limits.connections;
  server.on('connection', (socket: Socket) => {
    const source = sourceOf(socket);
    const count = (open.get(source) ?? 0) + 1;
    open.set(source, count);
    socket.once('close', () => {
      const left = (open.get(source) ?? 1) - 1;
      if (left === 0) open.delete(source);
      else open.set(source, left);
    });
    if (count > limits.connectionsPerSource) endWithRefusal(socket, 'too-many-connections');
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

function sourceOf(socket: Socket): string {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return isIPv6(address) ? networkOf(address) : address;
}

/** The first 64 bits: one subscriber can use all addresses that share them (RFC 6177). */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
