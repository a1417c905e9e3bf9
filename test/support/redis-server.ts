import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.ts';

/** A redis-server on a TCP port of this machine, as a site has one; not the one that the daemon starts itself. */
export interface RedisServer {
  readonly port: number;
  readonly pid: number;
  /** Kills it; what it was told is in its folder. */
  stop(): Promise<void>;
}

/** Starts one that keeps its data in `dir`, on a free port unless one is given. It may not listen yet. */
export async function startRedisServer(dir: string, at?: number): Promise<RedisServer> {
  const port = at ?? (await freePort());
  const own = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...own], {
    stdio: 'ignore',
  });
  if (child.pid === undefined) throw new Error('there is no redis-server');
  return {
    port,
    pid: child.pid,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
