import type { Socket } from 'node:net';
import type { Connection, ServerChannel, Session as SshSession } from 'ssh2';
import type { Session } from '../../core/accounts/sign-in.ts';
import { answerCommand } from './commands/answer-command.ts';
import type { DoorParts } from './door-parts.ts';
import type { SocketGate } from './flow-control.ts';
import { refuseShells } from './refused-channels.ts';
import { SftpSession } from './sftp-session.ts';
import type { SocketReading } from './socket-reading.ts';

/** The way to the client, as a session reads from it and holds it back. */
interface Wire {
  readonly socket: Socket;
  readonly gate: SocketGate;
  readonly reading: SocketReading;
}

/** For the log. */
type About = Readonly<Record<string, string>>;

/** What a signed-in connection has open (RFC 4254 section 6): SFTP sessions, and commands that ask for digests. */
export class SessionChannels {
  readonly #door: DoorParts;
  readonly #wire: Wire;
  readonly #onFlood: () => void;
  readonly #sessions = new Set<SftpSession>();
  #open = 0;
  #opened = 0;

  /** `onFlood` is told of a client that goes on although its window is used up. */
  constructor(door: DoorParts, wire: Wire, onFlood: () => void) {
    this.#door = door;
    this.#wire = wire;
    this.#onFlood = onFlood;
  }

  /** Takes what a client opens from now on, as many as the door's limit allows at once. */
  take(client: Connection, session: Session, about: About): void {
    const { limits, tally } = this.#door;
    client.on('session', (accept, reject) => {
      if (this.#open >= limits.channels) {
        tally.refused('channels');
        reject();
      } else {
        this.#openChannel(accept(), session, about);
      }
    });
  }

  /** How often anything was asked for: grows while somebody is at work. */
  get asked(): number {
    let asked = this.#opened;
    for (const session of this.#sessions) asked += session.requests;
    return asked;
  }

  /** The client is there: its uploads are kept for it. */
  keepAlive(): void {
    for (const session of this.#sessions) session.keepAlive();
  }

  /** Begins nothing new; resolves when every upload that is open has been closed. */
  async drain(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.drain()));
  }

  /** Ends every session, with a sentence; resolves when their uploads are released. */
  async endWith(sentence: string): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.endWith(sentence)));
  }

  /** Resolves when the uploads of a lost connection are released. */
  async lost(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.lost()));
  }

  #openChannel(channel: SshSession, session: Session, about: About): void {
    this.#open++;
    this.#opened++;
    channel.on('close', () => this.#open--);
    refuseShells(channel);
    channel.on('exec', (accept, _reject, { command }) => this.#answer(accept(), command, session, about));
    channel.on('subsystem', (accept, reject, info) => {
      if (info.name === 'sftp') this.#startSftp(accept(), session, about);
      else reject?.();
    });
  }

  #answer(channel: ServerChannel | undefined, command: string, session: Session, about: About): void {
    if (channel === undefined) return;
    const { viewOf, log } = this.#door;
    void answerCommand(channel, command, { view: viewOf(session), about, log });
  }

  #startSftp(channel: ServerChannel, session: Session, about: About): void {
    const { budget, memory, blocks, live, limits, tally, handleRoom, clock, log } = this.#door;
    channel.stderr.on('error', () => undefined);
    const sftp = new SftpSession({
      channel,
      ...this.#wire,
      budget,
      memory,
      blocks,
      view: this.#door.viewOf(session),
      live,
      account: session.account,
      limits,
      tally,
      handleRoom,
      about,
      log,
      now: () => clock.now(),
      onViolation: this.#onFlood,
    });
    this.#sessions.add(sftp);
    void sftp.ended.then(() => this.#sessions.delete(sftp));
  }
}
