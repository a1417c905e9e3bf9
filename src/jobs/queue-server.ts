import { type Millis, SECOND } from '../core/kit/clock.ts';

/** Where the queue's Redis is: the Unix socket of the managed one, or an address on the network. */
export type QueueServer =
  | { readonly kind: 'socket'; readonly path: string }
  | {
      readonly kind: 'network';
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      readonly username: string | null;
      readonly password: string | null;
      readonly db: number;
    };

/** Options of a connection, as ioredis and BullMQ both take them. */
export interface ConnectionSettings {
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly servername: string };
  readonly connectTimeout: Millis;
  readonly socketTimeout: Millis;
  readonly retryStrategy: (attempt: number) => Millis;
  readonly maxRetriesPerRequest?: null;
  readonly enableOfflineQueue?: boolean;
  readonly autoResendUnfulfilledCommands?: boolean;
  readonly commandTimeout?: Millis;
}

/** The keys of all queues begin with this; the braces keep them on one node of a cluster. */
export const KEY_PREFIX = '{havengate}';

/**
 * Reads `redis://[user[:password]@]host[:port][/db]`, or `rediss://…` for TLS. Throws with a sentence that does not
 * repeat the password.
 */
export function parseQueueServer(text: string): QueueServer {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '') {
    throw new Error('a queue is "managed", or an address such as redis://host:6379 or rediss://host:6379/0');
  }
  const db = url.pathname === '' || url.pathname === '/' ? '0' : url.pathname.slice(1);
  if (!/^\d{1,4}$/.test(db)) throw new Error('the path of a queue address is the number of a database');
  if (url.search !== '' || url.hash !== '') throw new Error('a queue address has no parameters');
  return {
    kind: 'network',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    tls: url.protocol === 'rediss:',
    username: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
    db: Number(db),
  };
}

/**
 * Options of a worker's connections: commands wait for Redis without limit and connecting is tried for ever,
 * every two seconds at the slowest. A connection that owes an answer for 30 s is given up and made again.
 */
export function workerConnection(server: QueueServer): ConnectionSettings {
  return { ...reach(server), maxRetriesPerRequest: null, socketTimeout: 30 * SECOND };
}

/** Options of a connection for hints and looks: what cannot be sent at once, or answered in 5 s, fails. */
export function promptConnection(server: QueueServer): ConnectionSettings {
  return {
    ...reach(server),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 5 * SECOND,
    socketTimeout: 10 * SECOND,
  };
}

function reach(server: QueueServer): Omit<ConnectionSettings, 'socketTimeout'> {
  const patience = {
    connectTimeout: 5 * SECOND,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2 * SECOND),
  };
  if (server.kind === 'socket') return { ...patience, path: server.path };
  return {
    ...patience,
    host: server.host,
    port: server.port,
    db: server.db,
    ...(server.tls ? { tls: { servername: server.host } } : {}),
    ...(server.username === null ? {} : { username: server.username }),
    ...(server.password === null ? {} : { password: server.password }),
  };
}
