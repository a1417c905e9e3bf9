import type { FastifyInstance } from 'fastify';
import type { Side } from '../../core/accounts/account.ts';
import type { SignIns } from '../../core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../core/accounts/sign-in-policy.ts';
import type { Intake } from '../../core/custody/custody.ts';
import type { ReceiptProver } from '../../core/custody/document-proof.ts';
import { LimitTally } from '../../core/kit/limit-tally.ts';
import type { Logger } from '../../core/kit/logger.ts';
import type { SiteFacts } from './api/api-parts.ts';
import type { ApiRoute } from './api/api-route.ts';
import { apiRoutes } from './api/api-routes.ts';
import { LiveEvents } from './api/live-events.ts';
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
  /** How people sign in with a browser; left out, `PORTAL_SIGN_IN`. */
  readonly policy?: SignInPolicy;
  /** The origin that people open the pages by; left out, `http://localhost` and the port, unless a proxy is in front. */
  readonly address?: string | null;
  /** What people are told before they send something. */
  readonly site?: Partial<SiteFacts>;
  /** The folder that the pages of the portal were built into; left out, there are none. */
  readonly pages?: string | null;
  /** A proxy is in front: the address that it adds last to X-Forwarded-For is the client's. */
  readonly behindProxy?: boolean;
  /** Limits that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<HttpLimits>;
  /** Adds to a receipt the proof that it stands in the audit log; left out, receipts come as they are. */
  readonly proveReceipt?: ReceiptProver;
  /** Origins of other sites whose pages may use this door; none when left out. */
  readonly allowedOrigins?: readonly string[];
}

/** A door with all its routes, before it listens. */
interface BuiltDoor {
  readonly app: FastifyInstance;
  /** Null on the side that takes none. */
  readonly uploads: TusExchanges | null;
  readonly live: LiveEvents;
  readonly api: readonly ApiRoute[];
  readonly tally: LimitTally<keyof HttpLimits>;
}

/** Password and token, or a passkey alone. */
const PORTAL_SIGN_IN: SignInPolicy = [['password', 'token'], ['passkey']];

/** What people are told of a site of which nothing is known. */
const NO_FACTS: SiteFacts = { scannedUpTo: null, pin: 'off', reset: false };

/** Joins what a portal door is made of. */
export function buildDoor(options: HttpDoorOptions): BuiltDoor {
  const {
    side,
    intake,
    airlockFiles,
    signIns,
    log,
    allowedOrigins = [],
    pages = null,
    behindProxy = false,
    policy = PORTAL_SIGN_IN,
    address = null,
    proveReceipt = async (receipt) => receipt,
  } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const open: OpenConnections = new Map();
  const tally = new LimitTally<keyof HttpLimits>(limits, {
    connections: () => [...open.values()].reduce((sum, count) => sum + count, 0),
    connectionsPerSource: () => Math.max(0, ...open.values()),
  });
  const uploads = side === 'outside' ? new TusExchanges({ intake, airlockFiles, limits, tally }) : null;
  const live = new LiveEvents(intake);
  const place = { address, behindProxy };
  const site = { ...NO_FACTS, ...options.site };
  const api = apiRoutes({ side, signIns, intake, live, site, policy, place, proveReceipt });
  const counts = { limits, tally, open };
  const app = createHttpServer({
    side,
    signIns,
    log,
    ...counts,
    uploads,
    allowedOrigins,
    api,
    pages,
    behindProxy,
  });
  return { app, uploads, live, api, tally };
}
