import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Millis } from '../../core/kit/clock.ts';
import type { HostPort } from '../config/host-port.ts';

/** Whom to trust, and what to show. */
export interface TlsTrust {
  /** Certificates (PEM) that the server's is checked against; null for the system's. */
  readonly ca: string | null;
  /** A certificate and key (PEM) for servers that ask for one. */
  readonly own: { readonly certificate: string; readonly key: string | Buffer } | null;
}

/**
 * Opens one connection, hands over the bytes and closes it. Resolves when the server has answered our end with its own,
 * without a complaint: syslog knows no other answer (RFC 5425, section 4.4), and a server that does not like our
 * certificate says so only after the handshake. Rejects when that takes longer than `within`, and when the server's
 * certificate is not good for its name.
 */
export async function sendOverTls(
  { host, port }: HostPort,
  bytes: Buffer,
  trust: TlsTrust,
  within: Millis,
): Promise<void> {
  const timer = new AbortController();
  const socket = connect({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    minVersion: 'TLSv1.2',
    ...(trust.ca !== null && { ca: trust.ca }),
    ...(trust.own !== null && { cert: trust.own.certificate, key: trust.own.key }),
  });
  const late = setTimeout(() => {
    socket.destroy(new Error(`${host}:${port} has not taken it within ${within} ms`));
  }, within);
  try {
    await exchange(socket, bytes, timer.signal);
  } finally {
    clearTimeout(late);
    timer.abort();
    socket.destroy();
  }
}

async function exchange(socket: TLSSocket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const closed = once(socket, 'close', { signal });
  closed.catch(() => undefined);
  await once(socket, 'secureConnect', { signal });
  socket.resume();
  socket.end(bytes);
  await closed;
}
