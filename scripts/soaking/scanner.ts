import { mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { startClamd, type TestClamd } from '../../test/inspect/clamd-for-tests.ts';

/** A clamd with one signature, which can be taken away, stopped, or replaced by one that lies. */
export interface Scanner {
  readonly socket: string;
  /** Ends clamd. */
  remove(): Promise<void>;
  /** Stops it in the middle of whatever it does, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** In the place of clamd, which was removed: something that answers everything with these words. */
  lie(answer: string): Promise<void>;
  /** Brings clamd back, whatever was done to it. */
  restore(): Promise<void>;
}

/** Starts a clamd in a folder whose path is short. */
export async function startScanner(folder: string): Promise<Scanner> {
  await mkdir(folder, { recursive: true });
  let clamd: TestClamd | null = await startClamd(folder);
  const { socket } = clamd;
  let liar: Liar | null = null;
  const signal: Scanner['signal'] = (name) => {
    if (clamd !== null) process.kill(clamd.pid, name);
  };
  const remove = async () => {
    signal('SIGCONT');
    await clamd?.stop();
    clamd = null;
    await liar?.stop();
    liar = null;
    await rm(socket, { force: true });
  };
  return {
    socket,
    signal,
    remove,
    async lie(answer) {
      await remove();
      liar = await startLiar(socket, answer);
    },
    async restore() {
      signal('SIGCONT');
      if (liar !== null) await remove();
      clamd ??= await startClamd(folder);
    },
  };
}

interface Liar {
  stop(): Promise<void>;
}

async function startLiar(path: string, answer: string): Promise<Liar> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (data: Buffer) => {
      socket.resume();
      socket.end(data.toString('latin1').startsWith('zVERSION') ? 'ClamAV 9.9.9/1/now\0' : answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
