import type { NetConnectOpts } from 'node:net';
import type { Millis } from '../core/kit/clock.ts';
import { HalfDeafSocket } from './half-deaf-socket.ts';

/** Where a clamd listens: the options of `net.connect`. */
export type ClamdAddress = Extract<NetConnectOpts, object>;

/** One command to clamd and its answer, on a connection of its own. */
export interface ClamdConnection {
  /**
   * Sends the parts, one after the other. Resolves with true when the system has taken all of them and nothing had
   * come back by then; with false when clamd takes no more, which may be because it has answered. Without progress
   * for `stall`, the connection ends.
   */
  send(parts: readonly Uint8Array[], stall: Millis): Promise<boolean>;
  /**
   * The whole answer: what came before the one NUL that ends it and the connection. Rejects when the connection
   * ends otherwise, or when nothing comes for `patience`.
   */
  answer(patience: Millis): Promise<string>;
  /** Ends the connection; harmless when it has ended. */
  close(): void;
}

const LONGEST_ANSWER = 4096;

/** An absolute path is a Unix socket, `host:port` or `[address]:port` is TCP. Null when it is neither. */
export function parseClamdAddress(text: string): ClamdAddress | null {
  if (text.startsWith('/')) return { path: text };
  const match = /^(?:\[(?<address>[0-9a-f:.]+)\]|(?<host>[^:/\s[\]]+)):(?<port>\d{1,5})$/i.exec(text);
  const host = match?.groups?.['address'] ?? match?.groups?.['host'];
  const port = Number(match?.groups?.['port']);
  if (host === undefined || !(port >= 1 && port <= 65535)) return null;
  return { host, port };
}

/** Connects, within `patience`. Rejects with words that say where and why. */
export async function connectClamd(address: ClamdAddress, patience: Millis): Promise<ClamdConnection> {
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
  const socket = new HalfDeafSocket();
  socket.connect(address);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('error', reject);
  socket.setTimeout(patience, () => socket.destroy(new Error(`no answer within ${patience} ms`)));
  try {
    await promise;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`clamd at ${where} cannot be reached: ${why}`, { cause: error });
  } finally {
    socket.off('connect', resolve).off('error', reject);
    socket.removeAllListeners('timeout').setTimeout(0);
  }
  return converse(socket);
}

function converse(socket: HalfDeafSocket): ClamdConnection {
  let received = '';
  let failure: Error | null = null;
  const ended = Promise.withResolvers<void>();

  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    if (received.length > LONGEST_ANSWER) socket.destroy(new Error('clamd answers without end'));
  });
  // After an early answer clamd closes with our bytes unread: a reset then follows an answer that is whole.
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => ended.resolve());
  socket.on('timeout', () => socket.destroy(new Error('clamd makes no progress')));

  return {
    async send(parts, stall) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const [last, ...first] = parts.toReversed();
      if (last === undefined || received !== '' || socket.writeFailure !== null || socket.destroyed)
        return false;
      socket.setTimeout(stall);
      socket.cork();
      for (const part of first.reverse()) socket.write(part);
      socket.write(last, (error) => {
        resolve(!error && socket.writeFailure === null && received === '');
      });
      socket.uncork();
      const sent = await Promise.race([promise, ended.promise.then(() => false)]);
      socket.setTimeout(0);
      return sent;
    },
    async answer(patience) {
      socket.setTimeout(patience);
      await ended.promise;
      if (/^[^\0]*\0$/.test(received)) return received.slice(0, -1);
      const cause = failure ?? socket.writeFailure;
      const why = cause?.message ?? 'it closed the connection';
      throw new Error(`clamd gave no whole answer: ${why}`, { cause });
    },
    close: () => socket.destroy(),
  };
}
