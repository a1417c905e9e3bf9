import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import type { Data } from './requests.ts';

/** How much may be read for the client, or wait for it, before nothing more is done for it. */
const MOST_WAITING = 1024 * 1024;

/**
 * The way back to the client. Replies that become ready together go out in one write; a client that does not read
 * them stops its own requests, not our memory.
 */
export class ReplyStream {
  readonly #channel: ServerChannel;
  readonly #socket: Socket;
  readonly #onRoom: () => void;
  #ready: (Buffer | Data)[] = [];
  #readyBytes = 0;
  #reading = 0;
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

  /** True when nothing can be sent any more. */
  get isOver(): boolean {
    return this.#ended;
  }

  /** False while the client has too much left to read. */
  get hasRoom(): boolean {
    const written = this.#channel.writableLength + this.#socket.writableLength;
    return !this.#isGating || written + this.#readyBytes + this.#reading < MOST_WAITING;
  }

  /** Resolves when there may be room again; null when there is some now. */
  room(): Promise<void> | null {
    if (this.hasRoom) return null;
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** So many bytes are being read to be sent, until what is returned is called. They take room already. */
  reading(bytes: number): () => void {
    this.#reading += bytes;
    return () => {
      this.#reading -= bytes;
    };
  }

  /** Sends a reply, with all others that become ready in the same turn. */
  send(reply: Buffer | Data): void {
    this.#ready.push(reply);
    this.#readyBytes += lengthOf(reply);
    // After the promises of this turn: what can be answered at once is answered together.
    if (this.#ready.length === 1) process.nextTick(() => this.flush());
  }

  /** Sends at once what is ready: short replies as one, and bytes from where they were read into. */
  flush(): void {
    const ready = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    if (this.#ended) return ready.forEach(release);
    this.#socket.cork();
    let short: Buffer[] = [];
    for (const reply of ready) {
      if (Buffer.isBuffer(reply)) {
        short.push(reply);
        continue;
      }
      this.#write([...short, reply.head]);
      short = [];
      for (const piece of reply.pieces) {
        this.#channel.write(piece.bytes, () => {
          piece.release();
          this.#left();
        });
      }
    }
    this.#write(short);
    this.#socket.uncork();
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

  #write(buffers: readonly Buffer[]): void {
    const [first] = buffers;
    if (first === undefined) return;
    this.#channel.write(buffers.length === 1 ? first : Buffer.concat(buffers), this.#left);
  }

  readonly #left = (): void => {
    if (!this.hasRoom) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
    this.#onRoom();
  };
}

function lengthOf(reply: Buffer | Data): number {
  if (Buffer.isBuffer(reply)) return reply.length;
  return reply.pieces.reduce((sum, { bytes }) => sum + bytes.length, reply.head.length);
}

function release(reply: Buffer | Data): void {
  if (!Buffer.isBuffer(reply)) for (const piece of reply.pieces) piece.release();
}
