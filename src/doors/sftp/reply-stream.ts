import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';

/** How much may wait for the client before nothing more is done for it. */
const MOST_WAITING = 1024 * 1024;

/**
 * The way back to the client. Replies that become ready together go out in one write; a client that does not read
 * them stops its own requests, not our memory.
 */
export class ReplyStream {
  readonly #channel: ServerChannel;
  readonly #socket: Socket;
  readonly #onRoom: () => void;
  #ready: Buffer[] = [];
  #waiters: (() => void)[] = [];
  #isGating = true;
  #ended = false;

  /** `onRoom` is called whenever something has left; `hasRoom` then says how things stand. */
  constructor(channel: ServerChannel, socket: Socket, onRoom: () => void) {
    this.#channel = channel;
    this.#socket = socket;
    this.#onRoom = onRoom;
    socket.on('drain', this.#left);
  }

  /** False while the client has too much left to read. */
  get hasRoom(): boolean {
    return !this.#isGating || this.#channel.writableLength + this.#socket.writableLength < MOST_WAITING;
  }

  /** Resolves when there is room; null when there is some now. */
  room(): Promise<void> | null {
    if (this.hasRoom) return null;
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Sends a reply, with all others that become ready in the same turn. */
  send(reply: Buffer): void {
    this.#ready.push(reply);
    if (this.#ready.length === 1) queueMicrotask(() => this.flush());
  }

  /** Sends at once what is ready. */
  flush(): void {
    const [first] = this.#ready;
    if (first === undefined || this.#ended) return;
    const bytes = this.#ready.length === 1 ? first : Buffer.concat(this.#ready);
    this.#ready = [];
    this.#channel.write(bytes, this.#left);
  }

  /** The session is ending: nobody has to wait for room any more. */
  stopGating(): void {
    this.#isGating = false;
    this.#left();
  }

  /** Nothing can be sent any more: lets everybody go who waits for room. */
  end(): void {
    this.#ended = true;
    this.#socket.off('drain', this.#left);
    this.stopGating();
  }

  readonly #left = (): void => {
    if (!this.hasRoom) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
    this.#onRoom();
  };
}
