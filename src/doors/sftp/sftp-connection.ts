import type { Socket } from 'node:net';
import type { Connection, ServerChannel, Session as SshSession } from 'ssh2';
import type { Side } from '../../core/accounts/account.ts';
import type { ShowOutReason } from '../../core/accounts/footing.ts';
import type { Entrance, Session, SignIns } from '../../core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../core/accounts/sign-in-policy.ts';
import type { Clock, Millis } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';
import type { AccountWatch, Watched } from './account-watch.ts';
import type { ByteBudget } from './byte-budget.ts';
import { answerCommand } from './commands/answer-command.ts';
import { SocketGate } from './flow-control.ts';
import type { SftpLimits } from './limits.ts';
import type { PacketMemory } from './packet-memory.ts';
import { refuseShells } from './refused-channels.ts';
import { SftpSession } from './sftp-session.ts';
import { readInto, SocketReading } from './socket-reading.ts';
import { SshSignIn } from './ssh-sign-in.ts';
import type { LiveUploads, View } from './views/view.ts';

/** What all connections of a door share. */
export interface DoorParts {
  readonly side: Side;
  readonly policy: SignInPolicy;
  /** What the site allows beside the policy. */
  readonly allows: Pick<Entrance, 'reconnect' | 'uploadTokens'>;
  readonly signIns: SignIns;
  readonly limits: SftpLimits;
  readonly budget: ByteBudget;
  readonly memory: PacketMemory;
  /** What files are read into. */
  readonly blocks: PacketMemory;
  readonly live: LiveUploads;
  readonly watch: AccountWatch;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether one more person may come in. */
  readonly hasRoom: () => boolean;
  readonly viewOf: (session: Session) => View;
}

/** What people read whose session is ended in the middle. */
const SHOWN_OUT = {
  'account-disabled': 'Your account has been disabled. What was received is kept; ask the data team.',
  'source-refused': 'Your account may not be used from this address any more. What was received is kept.',
  'key-removed':
    'The key that opened this session was removed. What was received is kept; sign in with another.',
  'reconnection-ended': 'This session was ended. What was received is kept; sign in again with a code.',
  'token-ended': 'The token that opened this session has ended. What was received is kept; use another.',
} as const satisfies Record<ShowOutReason, string>;

/** How long a client has to close its side after it was told that the connection ends. */
const FAREWELL: Millis = 500;

/**
 * One TCP connection, from the first byte to the last. Closed when it does not sign in in time, fails to too often,
 * falls silent, or its session loses what it stands on.
 */
export class SftpConnection {
  readonly source: string;
  readonly #door: DoorParts;
  readonly #socket: Socket;
  readonly #gate: SocketGate;
  readonly #reading = new SocketReading();
  readonly #sessions = new Set<SftpSession>();
  #channels = 0;
  #client: Connection | null = null;
  #signedIn: Watched | null = null;
  #deadline: NodeJS.Timeout;
  #bytesHeard = 0;
  #heardAt: Millis;

  /** Takes a socket that was accepted paused and is not used otherwise. */
  constructor(door: DoorParts, accepted: Socket) {
    this.#door = door;
    const socket = readInto(accepted, this.#reading);
    this.#socket = socket;
    this.#gate = new SocketGate(socket);
    this.source = socket.remoteAddress ?? 'unknown';
    this.#heardAt = door.clock.monotonic();
    this.#deadline = setTimeout(() => this.destroy('handshake-too-slow'), door.limits.handshake);
    socket.on('close', () => this.#closed());
  }

  /** The socket, for the transport. */
  get socket(): Socket {
    return this.#socket;
  }

  get isSignedIn(): boolean {
    return this.#signedIn !== null;
  }

  /** Takes ssh2's client, once it has said who it is (RFC 4253 section 4.2). */
  attach(client: Connection): void {
    const { side, policy, allows, signIns, limits, log } = this.#door;
    this.#client = client;
    client.on('error', (error: Error) => log.debug('ssh-error', { side, source: this.source, error }));
    const signIn = new SshSignIn({
      signIns,
      policy,
      entrance: { side, door: 'sftp', source: this.source, ...allows },
      log,
      attempts: limits.attempts,
      onTooMany: () => {
        log.info('sign-in-too-many', { side, source: this.source });
        this.#bye();
      },
    });
    client.once('authentication', () => this.#extendDeadline());
    client.on('authentication', (context) => signIn.handle(context));
    client.once('ready', () => {
      if (signIn.session === null) this.destroy('ready-without-session');
      else this.#enter(client, signIn.session);
    });
  }

  /** Looks whether the client is still there, and keeps its uploads for it if so. */
  checkAlive(): void {
    if (!this.isSignedIn) return;
    const now = this.#door.clock.monotonic();
    const heard = this.#socket.bytesRead;
    // While we do not read, silence is ours.
    if (heard !== this.#bytesHeard || this.#gate.isClosed) {
      this.#bytesHeard = heard;
      this.#heardAt = now;
      for (const session of this.#sessions) session.keepAlive();
      return;
    }
    const { keepAlive, keepAliveMissed } = this.#door.limits;
    if (now - this.#heardAt > keepAlive * (keepAliveMissed + 1)) this.destroy('client-silent');
  }

  /** Begins nothing new; resolves when every upload that is open has been closed. */
  async drain(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.drain()));
  }

  /** Ends every session, with a sentence; resolves when their uploads are released. Then says goodbye. */
  async end(sentence: string): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.endWith(sentence)));
    this.#bye();
  }

  /** Closes the connection at once. */
  destroy(why: string): void {
    const { side, log } = this.#door;
    log.info('sftp-connection-closed', { side, source: this.source, why });
    this.#socket.destroy();
  }

  /** Resolves when the uploads of a lost connection are released. */
  async settled(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.lost()));
  }

  #extendDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.destroy('sign-in-too-slow'), this.#door.limits.signIn);
  }

  #enter(client: Connection, session: Session): void {
    clearTimeout(this.#deadline);
    const { side, log, watch } = this.#door;
    const about = { side, session: session.id, account: session.account };
    if (!this.#door.hasRoom()) {
      log.warn('sftp-door-full', about);
      this.#bye();
      return;
    }
    log.info('sftp-signed-in', about);
    this.#signedIn = {
      session,
      showOut: (reason) => {
        log.info('sftp-shown-out', { ...about, reason });
        void this.end(SHOWN_OUT[reason]);
      },
    };
    watch.add(this.#signedIn);
    client.on('session', (accept, reject) => {
      if (this.#channels >= this.#door.limits.channels) reject();
      else this.#openChannel(accept(), session, about);
    });
  }

  #openChannel(channel: SshSession, session: Session, about: Readonly<Record<string, string>>): void {
    this.#channels++;
    channel.on('close', () => this.#channels--);
    refuseShells(channel);
    channel.on('exec', (accept, _reject, { command }) => this.#answer(accept(), command, session, about));
    channel.on('subsystem', (accept, reject, info) => {
      if (info.name === 'sftp') this.#startSftp(accept(), session, about);
      else reject?.();
    });
  }

  #answer(
    channel: ServerChannel | undefined,
    command: string,
    session: Session,
    about: Readonly<Record<string, string>>,
  ): void {
    if (channel === undefined) return;
    void answerCommand(channel, command, { view: this.#door.viewOf(session), about, log: this.#door.log });
  }

  #startSftp(channel: ServerChannel, session: Session, about: Readonly<Record<string, string>>): void {
    const { budget, memory, blocks, live, limits, clock, log } = this.#door;
    channel.stderr.on('error', () => undefined);
    const sftp = new SftpSession({
      channel,
      socket: this.#socket,
      gate: this.#gate,
      reading: this.#reading,
      budget,
      memory,
      blocks,
      view: this.#door.viewOf(session),
      live,
      mostHandles: limits.handles,
      about,
      log,
      now: () => clock.now(),
      onViolation: () => this.destroy('flood'),
    });
    this.#sessions.add(sftp);
    void sftp.ended.then(() => this.#sessions.delete(sftp));
  }

  #bye(): void {
    try {
      this.#client?.end();
    } catch (error) {
      this.#door.log.debug('ssh-error', { side: this.#door.side, error });
    }
    setTimeout(() => this.#socket.destroy(), FAREWELL).unref();
  }

  #closed(): void {
    clearTimeout(this.#deadline);
    if (this.#signedIn !== null) this.#door.watch.remove(this.#signedIn);
    void this.settled();
  }
}
