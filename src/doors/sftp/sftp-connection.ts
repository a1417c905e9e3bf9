import type { Socket } from 'node:net';
import type { Connection } from 'ssh2';
import type { Session } from '../../core/accounts/sign-in.ts';
import { sourceNetwork } from '../../core/accounts/source-ranges.ts';
import type { Millis } from '../../core/kit/clock.ts';
import type { Watched } from './account-watch.ts';
import {
  BUSY,
  FULL,
  IDLE,
  keptOutSentence,
  SHOWN_OUT,
  TOO_MANY_ATTEMPTS,
  TOO_MANY_FROM_THERE,
} from './connection-words.ts';
import type { DoorParts } from './door-parts.ts';
import { SocketGate } from './flow-control.ts';
import { bannedSentence, DISCONNECT, type DisconnectReason, sayGoodbye, turnedAway } from './goodbye.ts';
import type { SftpLimits } from './limits.ts';
import { SessionChannels } from './session-channels.ts';
import { readInto, SocketReading } from './socket-reading.ts';
import { SshSignIn } from './ssh-sign-in.ts';

/** How long a client has to close its side after it was told that the connection ends. */
const FAREWELL: Millis = 500;

/**
 * One TCP connection, from the first byte to the last. Closed when it does not sign in in time, fails to too often,
 * falls silent, or its session loses what it stands on.
 */
export class SftpConnection {
  readonly source: string;
  /** What its source is counted as. */
  readonly network: string;
  /** Its source is banned, but for those who have signed in from there. */
  isWatched = false;
  readonly #door: DoorParts;
  readonly #socket: Socket;
  readonly #gate: SocketGate;
  readonly #channels: SessionChannels;
  #client: Connection | null = null;
  #signIn: SshSignIn | null = null;
  #signedIn: Watched | null = null;
  /** Whether the client has ever asked to sign in. */
  #hasAsked = false;
  /** What the guard hears when the connection ends without that. */
  #misdeed: 'garbage' | 'silence' | 'slow' | null = 'silence';
  #deadline: NodeJS.Timeout;
  #bytesHeard = 0;
  #heardAt: Millis;
  #askedFor = 0;
  #askedAt: Millis;

  /** Takes a socket that was accepted paused and is not used otherwise. */
  constructor(door: DoorParts, accepted: Socket) {
    this.#door = door;
    const reading = new SocketReading();
    const socket = readInto(accepted, reading);
    this.#socket = socket;
    this.#gate = new SocketGate(socket);
    const wire = { socket, gate: this.#gate, reading };
    this.#channels = new SessionChannels(door, wire, () => this.destroy('flood'));
    this.source = socket.remoteAddress ?? 'unknown';
    this.network = sourceNetwork(this.source);
    this.#heardAt = door.clock.monotonic();
    this.#askedAt = this.#heardAt;
    this.#deadline = setTimeout(() => this.#tooSlow('handshake'), door.limits.handshake);
    socket.on('close', () => this.#closed());
  }

  /** The socket, for the transport. */
  get socket(): Socket {
    return this.#socket;
  }

  get isSignedIn(): boolean {
    return this.#signedIn !== null;
  }

  /** Whose session it is, once somebody has signed in. */
  get session(): Session | null {
    return this.#signedIn?.session ?? null;
  }

  /** Takes ssh2's client, once it has said who it is (RFC 4253 section 4.2). */
  attach(client: Connection): void {
    const { side, policy, allows, signIns, limits, log } = this.#door;
    this.#client = client;
    client.on('error', (error: Error & { readonly level?: string }) => {
      if (error.level === 'protocol') this.#misdeed = 'garbage';
      log.debug('ssh-error', { side, source: this.source, error });
    });
    const signIn = new SshSignIn({
      signIns,
      policy,
      entrance: { side, door: 'sftp', source: this.source, ...allows },
      log,
      attempts: limits.attempts,
      isOver: () => this.#socket.destroyed,
      onKeptOut: (keptOut) => {
        log.info('sftp-kept-out', { side, source: this.source, by: keptOut.by });
        this.#bye(DISCONNECT.BY_APPLICATION, keptOutSentence(keptOut));
      },
      onTooMany: () => {
        log.info('sign-in-too-many', { side, source: this.source });
        this.#door.tally.refused('attempts');
        const sentence = this.isWatched ? TOO_MANY_FROM_THERE : TOO_MANY_ATTEMPTS;
        this.#bye(DISCONNECT.NO_MORE_AUTH_METHODS, sentence);
      },
      onHeldBack: ({ why, until }) => {
        const sentence = why === 'busy' ? BUSY : bannedSentence(until - this.#door.clock.now());
        this.#bye(DISCONNECT.NO_MORE_AUTH_METHODS, sentence);
      },
    });
    this.#signIn = signIn;
    client.once('authentication', () => {
      this.#hasAsked = true;
      this.#extendDeadline();
    });
    client.on('authentication', (context) => signIn.handle(context));
    client.once('ready', () => {
      if (signIn.session === null) this.destroy('ready-without-session');
      else this.#enter(client, signIn.session);
    });
  }

  /** Looks whether the client is still there and has something to do, and keeps its uploads for it if so. */
  checkAlive(): void {
    if (!this.isSignedIn) return;
    const now = this.#door.clock.monotonic();
    this.#checkIdle(now);
    const heard = this.#socket.bytesRead;
    // While we do not read, silence is ours.
    if (heard !== this.#bytesHeard || this.#gate.isClosed) {
      this.#bytesHeard = heard;
      this.#heardAt = now;
      this.#channels.keepAlive();
      return;
    }
    const { keepAlive, keepAliveMissed } = this.#door.limits;
    if (now - this.#heardAt <= keepAlive * (keepAliveMissed + 1)) return;
    this.#door.tally.refused('keepAliveMissed');
    this.destroy('client-silent');
  }

  /** Turns away a client that has not said anything yet, in words that its program shows. */
  turnAway(why: keyof SftpLimits | null, sentence: string): void {
    const { side, log, tally } = this.#door;
    if (why !== null) tally.refused(why);
    // Of a ban the guard has told already; a line for each attempt would be as many as the attempts.
    log[why === null ? 'debug' : 'info']('sftp-turned-away', { side, source: this.source, limit: why });
    clearTimeout(this.#deadline);
    this.#misdeed = null;
    this.#socket.end(turnedAway(DISCONNECT.TOO_MANY_CONNECTIONS, sentence));
    this.#destroySoon();
  }

  /** Begins nothing new; resolves when every upload that is open has been closed. */
  async drain(): Promise<void> {
    await this.#channels.drain();
  }

  /** Ends every session, with a sentence; resolves when their uploads are released. Then says goodbye. */
  async end(sentence: string): Promise<void> {
    await this.#channels.endWith(sentence);
    this.#bye(DISCONNECT.BY_APPLICATION, sentence);
  }

  /** Closes the connection at once. */
  destroy(why: string): void {
    const { side, log } = this.#door;
    log.info('sftp-connection-closed', { side, source: this.source, why });
    if (why === 'stopping') this.#misdeed = null;
    this.#socket.destroy();
  }

  /** Resolves when the uploads of a lost connection are released, and its sign-in is decided on. */
  async settled(): Promise<void> {
    await Promise.all([this.#channels.lost(), this.#signIn?.settled()]);
  }

  #extendDeadline(): void {
    clearTimeout(this.#deadline);
    // What a lost client had sent before is still decided on.
    if (this.#socket.destroyed) return;
    this.#deadline = setTimeout(() => this.#tooSlow('signIn'), this.#door.limits.signIn);
  }

  #tooSlow(limit: 'handshake' | 'signIn'): void {
    this.#door.tally.refused(limit);
    this.#misdeed = 'slow';
    this.destroy(limit === 'handshake' ? 'handshake-too-slow' : 'sign-in-too-slow');
  }

  #checkIdle(now: Millis): void {
    const { limits, tally, log, side } = this.#door;
    const askedFor = this.#channels.asked;
    if (askedFor !== this.#askedFor) {
      this.#askedFor = askedFor;
      this.#askedAt = now;
    } else if (now - this.#askedAt > limits.idle) {
      this.#askedAt = now;
      tally.refused('idle');
      log.info('sftp-idle', { side, source: this.source });
      void this.end(IDLE);
    }
  }

  #enter(client: Connection, session: Session): void {
    clearTimeout(this.#deadline);
    if (this.#socket.destroyed) return;
    const { side, log, watch, tally } = this.#door;
    const about = { side, session: session.id, account: session.account };
    const full = this.#door.whyFull(session, this.network);
    if (full !== null) {
      tally.refused(full);
      log.warn('sftp-door-full', { ...about, limit: full });
      this.#bye(DISCONNECT.TOO_MANY_CONNECTIONS, FULL[full]);
      return;
    }
    this.#askedAt = this.#door.clock.monotonic();
    log.info('sftp-signed-in', about);
    this.#signedIn = {
      session,
      showOut: (reason) => {
        log.info('sftp-shown-out', { ...about, reason });
        void this.end(SHOWN_OUT[reason]);
      },
    };
    watch.add(this.#signedIn);
    this.#channels.take(client, session, about);
  }

  #bye(reason: DisconnectReason, sentence: string): void {
    try {
      if (this.#client !== null) sayGoodbye(this.#client, reason, sentence);
      this.#client?.end();
    } catch (error) {
      this.#door.log.debug('ssh-error', { side: this.#door.side, error });
    }
    this.#destroySoon();
  }

  #destroySoon(): void {
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), FAREWELL).unref();
  }

  #tellGuard(): void {
    if (this.#misdeed === null || (this.#hasAsked && this.#misdeed === 'silence')) return;
    const isForeign = this.#client === null && this.#socket.bytesRead > 0;
    this.#door.signIns.guard.misbehaved(this.source, isForeign ? 'garbage' : this.#misdeed);
  }

  #closed(): void {
    clearTimeout(this.#deadline);
    if (this.#signedIn !== null) this.#door.watch.remove(this.#signedIn);
    else this.#tellGuard();
    void this.settled();
  }
}
