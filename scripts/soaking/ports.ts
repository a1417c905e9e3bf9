import { createServer } from 'node:net';
import type { Dice } from './dice.ts';

/** Below what systems give to clients, so that nobody takes them while the daemon is down. */
const [LEAST, MOST] = [20_000, 29_999];

/** So many ports of this machine that nobody listens on; the same at every start of the daemon, as for its users. */
export async function choosePorts(dice: Dice, count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = dice.between(LEAST, MOST);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(false));
    server.listen(port, '127.0.0.1', () => server.close(() => settle(true)));
  });
}
