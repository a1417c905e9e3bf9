import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import type { ByteBudget } from './byte-budget.ts';
import type { ReplyStream } from './reply-stream.ts';
import type { SocketReading } from './socket-reading.ts';

/**
 * More than a client may send into a channel that is not read: twice the window of 2 MiB that ssh2 grants. ssh2
 * itself does not hold a client to its window (RFC 4254 section 5.2).
 */
const MOST_UNREAD = 4 * 1024 * 1024;

/** Stops reading a connection for as long as one of its channels needs it. */
export class SocketGate {
  readonly #socket: Socket;
  readonly #holders = new Set<object>();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get isClosed(): boolean {
    return this.#holders.size > 0;
  }

  close(holder: object): void {
    this.#holders.add(holder);
    this.#socket.pause();
  }

  open(holder: object): void {
    if (this.#holders.delete(holder) && this.#holders.size === 0) this.#socket.resume();
  }
}

/** What flow control looks at and acts on. */
export interface FlowParts {
  readonly channel: ServerChannel;
  readonly socket: Socket;
  readonly gate: SocketGate;
  readonly reading: SocketReading;
  readonly budget: ByteBudget;
  readonly replies: ReplyStream;
  /** The client sends although its window is used up. */
  readonly onFlood: () => void;
}

/**
 * Holds what a session has received and not done to its share of the byte budget.
 *
 * While there is too much to do, the socket is not read: TCP tells the client. While the client does not read its
 * replies, the channel is not read and its window runs out; the socket is, because the client's word that it has
 * read comes the same way.
 */
export class FlowControl {
  readonly #parts: FlowParts;
  #held = 0;
  #isFull = false;
  #isBlocked = false;

  constructor(parts: FlowParts) {
    this.#parts = parts;
  }

  /** A request of that weight came. */
  arrived(weight: number): void {
    this.#held += weight;
    this.#parts.budget.take(weight);
    if (!this.#isFull && this.#held <= this.#parts.budget.share) return;
    this.adjust();
  }

  /** Requests of that weight are done. */
  done(weight: number): void {
    this.#held -= weight;
    this.#parts.budget.giveBack(weight);
    if (this.#isFull) this.adjust();
  }

  /** Reads on, or stops reading, as things are now. */
  adjust(): void {
    const { budget, gate, replies } = this.#parts;
    // Once full, half of it has to be done first, so that reading does not stop and start with every packet.
    this.#isFull = this.#held > (this.#isFull ? budget.share / 2 : budget.share);
    this.#block(!replies.hasRoom);
    if (this.#isFull && !this.#isBlocked) gate.close(this);
    else gate.open(this);
  }

  /** The session is over: nothing of it holds the connection any more. */
  end(): void {
    this.#parts.budget.giveBack(this.#held);
    this.#held = 0;
    this.#isFull = false;
    this.#block(false);
    this.#parts.gate.open(this);
  }

  #block(isBlocked: boolean): void {
    if (isBlocked === this.#isBlocked) return;
    this.#isBlocked = isBlocked;
    const { channel, socket, reading } = this.#parts;
    if (isBlocked) {
      channel.pause();
      // The channel keeps what comes now.
      reading.relax();
      socket.on('data', this.#watch);
    } else {
      socket.off('data', this.#watch);
      channel.resume();
    }
  }

  readonly #watch = (): void => {
    if (this.#parts.channel.readableLength > MOST_UNREAD) this.#parts.onFlood();
  };
}
