import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Side } from '../../core/accounts/account.ts';
import type { SignIns } from '../../core/accounts/sign-in.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { LimitTally, type LimitUse } from '../../core/kit/limit-tally.ts';
import type { Logger } from '../../core/kit/logger.ts';
import type { OpenConnections } from './connection-limit.ts';
import { createHttpServer } from './http-server.ts';
import { DEFAULT_LIMITS, type HttpLimits } from './limits.ts';
import { TusExchanges } from './uploads/tus-exchanges.ts';

/** What an HTTP door is started with. */
export interface HttpDoorOptions {
  readonly side: Side;
  /** Port 0 takes any free port. TLS is a proxy's work; the caller sees to it that there is one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly signIns: SignIns;
  readonly intake: Intake;
  /** The folder of the airlock that holds one file per id: `data/airlock/files`. It has to exist. */
  readonly airlockFiles: string;
  readonly log: Logger;
  /** Limits that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<HttpLimits>;
  /** Origins of other sites whose pages may use this door; none when left out. */
  readonly allowedOrigins?: readonly string[];
}

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
  const { side, intake, airlockFiles, signIns, log, allowedOrigins = [] } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const open: OpenConnections = new Map();
  const tally = new LimitTally<keyof HttpLimits>(limits, {
    connections: () => [...open.values()].reduce((sum, count) => sum + count, 0),
    connectionsPerSource: () => Math.max(0, ...open.values()),
  });
  const uploads = side === 'outside' ? new TusExchanges({ intake, airlockFiles, limits, tally }) : null;
  const app = createHttpServer({ side, signIns, log, limits, tally, open, uploads, allowedOrigins });
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
