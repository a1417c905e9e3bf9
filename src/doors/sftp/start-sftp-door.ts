import './native-binding.ts';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import ssh2, { type ServerConfig } from 'ssh2';
import type { Side } from '../../core/accounts/account.ts';
import type { SignIns } from '../../core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../core/accounts/sign-in-policy.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { MIB } from '../../core/kit/bytes.ts';
import type { Millis } from '../../core/kit/clock.ts';
import { LimitTally, type LimitUse } from '../../core/kit/limit-tally.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { AccountWatch } from './account-watch.ts';
import { type AlgorithmChoice, algorithmsOf } from './algorithms.ts';
import { ByteBudget } from './byte-budget.ts';
import type { DoorParts } from './door-parts.ts';
import { bannedSentence, IDENT } from './goodbye.ts';
import { HandleRoom } from './handles/handle-room.ts';
import { LARGEST_BLOCK } from './handles/read-ahead.ts';
import { DEFAULT_SFTP_LIMITS, type SftpLimits } from './limits.ts';
import { PacketMemory } from './packet-memory.ts';
import { SftpConnection } from './sftp-connection.ts';
import { insideView } from './views/inside-view.ts';
import { outsideView } from './views/outside-view.ts';
import { whyNotWait } from './waiting-room.ts';
import { LONGEST_PACKET } from './wire/message-types.ts';

/** What an SFTP door is started with. */
export interface SftpDoorOptions {
  readonly side: Side;
  /** Port 0 means any free port. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Private keys in PEM or OpenSSH format; one of each type is used. */
  readonly hostKeys: readonly string[];
  /** Left out: modern. */
  readonly algorithms?: AlgorithmChoice;
  readonly policy: SignInPolicy;
  /** How long people may come back for uploading without a new code; null for never. Only outside. */
  readonly reconnect?: Millis | null;
  /** Whether an access token for uploading is taken as a password. Only outside. */
  readonly uploadTokens?: boolean;
  readonly signIns: SignIns;
  readonly intake: Intake;
  readonly log: Logger;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<SftpLimits>;
}

/** A running SFTP door. */
export interface SftpDoor {
  readonly host: string;
  readonly port: number;
  /** How many people are signed in. */
  sessions(): number;
  /** How its limits stand. */
  limits(): readonly LimitUse[];
  /**
   * Takes no new connection and no new work, lets open uploads end for as long as `within`, then releases those that
   * have not (they stay resumable) and closes every connection. Never rejects; a second call joins the first.
   */
  stop(within: Millis): Promise<void>;
}

const STOPPING =
  'The server is stopping. What was sent is kept and can be resumed; try again in a few minutes.';

/** What people read who are turned away before they have said anything. */
const TURNED_AWAY = 'Too many connections are waiting to sign in here now. Try again in a minute.';

/** How long releasing uploads may take when the time to end them is over. */
const RELEASE_TIME: Millis = 5000;

/** Bytes that are kept for packets to come. */
const SPARE_MEMORY = 8 * MIB;

/** Bytes that are kept for reads to come. */
const SPARE_BLOCKS = 8 * MIB;

/** ssh2 asks silent clients, but has no say in whether they are gone: this door decides that itself. */
const NEVER = 1_000_000_000;

/** Starts the SFTP door of a side. Rejects when the address cannot be taken or a host key cannot be read. */
export async function startSftpDoor(options: SftpDoorOptions): Promise<SftpDoor> {
  const limits = { ...DEFAULT_SFTP_LIMITS, ...options.limits };
  const { log, side, intake, signIns, policy } = options;
  const connections = new Set<SftpConnection>();
  const byPeer = new Map<string, SftpConnection>();
  const watch = new AccountWatch(intake, log, limits.accountCheck);
  const sessions = (): number => [...connections].filter(({ isSignedIn }) => isSignedIn).length;
  const live: DoorParts['live'] = new Map();
  const budget = new ByteBudget({
    perSession: limits.inFlight,
    total: limits.inFlightTotal,
    floor: limits.inFlightFloor,
  });
  const handleRoom = new HandleRoom(limits.handlesPerAccount);
  const signedIn = () => [...connections].filter(({ isSignedIn }) => isSignedIn);
  const waiting = () => [...connections].filter(({ isSignedIn }) => !isSignedIn);
  const perSource = (some: readonly SftpConnection[]) => largestGroup(some, ({ network }) => network);
  const perAccount = () => largestGroup(signedIn(), ({ session }) => session?.account);
  const tally = new LimitTally<keyof SftpLimits>(limits, {
    waiting: () => waiting().length,
    waitingPerSource: () => perSource(waiting()),
    sessions,
    sessionsPerSource: () => perSource(signedIn()),
    sessionsPerAccount: perAccount,
    handlesPerAccount: () => handleRoom.fullest,
    inFlightTotal: () => budget.used,
  });
  const parts: DoorParts = {
    side,
    policy,
    allows: {
      ...(options.reconnect != null && { reconnect: options.reconnect }),
      uploadTokens: options.uploadTokens === true,
    },
    signIns,
    limits,
    tally,
    handleRoom,
    budget,
    memory: new PacketMemory(SPARE_MEMORY, LONGEST_PACKET),
    blocks: new PacketMemory(SPARE_BLOCKS, LARGEST_BLOCK),
    live,
    watch,
    clock: intake.clock,
    log,
    whyFull({ account }, network) {
      const all = signedIn();
      if (all.length >= limits.sessions) return 'sessions';
      const ofAccount = all.filter(({ session }) => session?.account === account);
      if (ofAccount.length >= limits.sessionsPerAccount) return 'sessionsPerAccount';
      const ofSource = all.filter((other) => other.network === network);
      return ofSource.length >= limits.sessionsPerSource ? 'sessionsPerSource' : null;
    },
    viewOf: (session) => (side === 'outside' ? outsideView : insideView)(intake, session, live),
  };

  const algorithms = algorithmsOf(options.algorithms ?? 'modern');
  log.info('ssh-algorithms', { side, keyExchanges: algorithms.kex });
  const config = { ...transportConfig(options.hostKeys, limits), algorithms };
  const transport = new ssh2.Server(config, (client, info) => {
    const connection = byPeer.get(peer(info.ip, info.port));
    if (connection === undefined) client.end();
    else connection.attach(client);
  });
  transport.on('error', (error: Error) => log.warn('ssh-server-error', { side, error }));

  function admit(accepted: Socket): void {
    const connection = new SftpConnection(parts, accepted);
    const { socket, source, network } = connection;
    socket.on('error', (error) => log.debug('socket-error', { side, error }));
    const name = peer(socket.remoteAddress, socket.remotePort);
    const all = waiting();
    const sameSource = all.filter((other) => other.network === network).length;
    const welcome = signIns.guard.welcome(source);
    if (welcome.kind === 'banned') {
      connection.turnAway(null, bannedSentence(welcome.until - intake.clock.now()));
      return;
    }
    if (welcome.kind === 'known-only') connection.isWatched = true;
    const isKnown = signIns.guard.isKnown(source);
    const few = welcome.kind === 'known-only' && sameSource >= limits.reserved;
    const full = few
      ? 'reserved'
      : whyNotWait({ all: all.length, sameSource, isKnown }, limits, Math.random());
    if (full !== null) {
      connection.turnAway(full, TURNED_AWAY);
      return;
    }
    connections.add(connection);
    byPeer.set(name, connection);
    socket.on('close', () => {
      connections.delete(connection);
      byPeer.delete(name);
    });
    transport.injectSocket(socket);
  }

  const listener = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, admit);
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.listen.port, options.listen.host, resolve);
  });
  listener.on('error', (error) => log.error('listener-error', { side, error }));
  const aliveTimer = setInterval(() => {
    for (const connection of connections) connection.checkAlive();
  }, limits.keepAlive / 3);

  async function stop(within: Millis): Promise<void> {
    listener.close();
    clearInterval(aliveTimer);
    const all = [...connections];
    for (const connection of all) if (!connection.isSignedIn) connection.destroy('stopping');
    await atMost(
      within,
      Promise.all(all.map((connection) => connection.drain().then(() => connection.end(STOPPING)))),
    );
    await atMost(RELEASE_TIME, Promise.all(all.map((connection) => connection.end(STOPPING))));
    for (const connection of connections) connection.destroy('stopping');
    // Whatever is still decided on asks the ledger, which is closed next.
    await atMost(RELEASE_TIME, Promise.all(all.map((connection) => connection.settled())));
    watch.stop();
  }

  let stopping: Promise<void> | null = null;
  const { address, port } = listener.address() as AddressInfo;
  return {
    host: address,
    port,
    sessions,
    limits: () => tally.all(),
    stop: (within) => (stopping ??= stop(within)),
  };
}

function largestGroup<T>(all: readonly T[], of: (one: T) => unknown): number {
  return Math.max(0, ...[...Map.groupBy(all, of).values()].map(({ length }) => length));
}

function transportConfig(hostKeys: readonly string[], limits: SftpLimits): ServerConfig {
  return {
    hostKeys: [...hostKeys],
    ident: IDENT,
    keepaliveInterval: limits.keepAlive,
    keepaliveCountMax: NEVER,
  };
}

function peer(address: string | undefined, port: number | undefined): string {
  return `${address} ${port}`;
}

/** Waits for something, for a limited time; what failed was logged where it failed. */
async function atMost(time: Millis, work: Promise<unknown>): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, time);
  await Promise.race([work.catch(() => undefined), timer.promise]);
  clearTimeout(timeout);
}
