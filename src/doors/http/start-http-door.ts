import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { LimitUse } from '../../core/kit/limit-tally.ts';
import { buildDoor, type HttpDoorOptions } from './build-door.ts';

/** A door that listens. */
export interface HttpDoor {
  readonly host: string;
  readonly port: number;
  /** Requests that are being answered right now. */
  sessions(): number;
  /** How its limits stand. */
  limits(): readonly LimitUse[];
  /**
   * Stops in two steps: takes no new work, lets requests under way end for `within` milliseconds, then ends them.
   * Uploads among them are released and stay resumable. Resolves when all is closed, a few seconds later at most.
   */
  stop(within: number): Promise<void>;
}

/** How long uploads may take to be released, once they were told to end. */
const RELEASE_TIME = 5000;

/** Starts the portal door of one side. Rejects when the address cannot be listened on. */
export async function startHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { app, uploads, live, tally } = buildDoor(options);
  const { server } = app;
  let answering = 0;
  server.on('request', (_request, response) => {
    answering++;
    response.once('close', () => answering--);
  });
  await app.ready();
  server.listen(options.listen.port, options.listen.host);
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;

  async function stop(within: number): Promise<void> {
    uploads?.refuseNew();
    live.stop();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await untilZero(() => answering, within);
    uploads?.stopBodies('stopping');
    await untilZero(() => answering, RELEASE_TIME);
    server.closeAllConnections();
    await closed;
    await app.close();
  }

  return { host: address, port, sessions: () => answering, limits: () => tally.all(), stop };
}

async function untilZero(count: () => number, within: number): Promise<void> {
  const deadline = performance.now() + within;
  while (count() > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}
