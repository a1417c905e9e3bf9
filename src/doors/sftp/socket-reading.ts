import { Socket, type SocketConstructorOpts } from 'node:net';

/** What is read into when a connection says little. */
const SMALL = 64 * 1024;

/** What is read into, over and over, while a connection carries an upload. */
const LARGE = 256 * 1024;

/** A read begins where at least this much of the memory is left. */
const SMALL_READ = 16 * 1024;
const LARGE_READ = LARGE / 4;

/** The longest read. Leaves alone the last quarter of `LARGE` that was received, wherever the next read begins. */
const LONGEST_READ = LARGE / 2;

/**
 * The memory that one connection's bytes are read into.
 *
 * Usually each byte of it is used once, since ssh2 keeps parts of what it was given while people sign in. During an
 * upload (`bulk`) the same memory is used over and over, but for the last 64 KiB that were received. That is enough
 * for what ssh2 still keeps beyond a turn: a packet whose authentication tag has not come (35,000 bytes), and the
 * peer's KEXINIT during a key exchange, in which a few KiB follow before it has been used (RFC 4253 section 7.1).
 */
export class SocketReading {
  #memory = Buffer.alloc(0);
  #at = 0;
  #isBulk = false;

  /** What was read has been copied by the end of the turn, from now on. */
  bulk(): void {
    this.#isBulk = true;
  }

  /** What was read is kept beyond the turn, or little is to come: nothing is used twice from now on. */
  relax(): void {
    if (!this.#isBulk) return;
    this.#isBulk = false;
    this.#memory = Buffer.alloc(0);
    this.#at = 0;
  }

  /** Where the next bytes are to be read into. */
  next(): Buffer {
    if (this.#memory.length - this.#at < (this.#isBulk ? LARGE_READ : SMALL_READ)) {
      const size = this.#isBulk ? LARGE : SMALL;
      if (!this.#isBulk || this.#memory.length !== size) this.#memory = Buffer.allocUnsafeSlow(size);
      this.#at = 0;
    }
    return this.#memory.subarray(this.#at, this.#at + LONGEST_READ);
  }

  /** So many bytes have been read into it. Returns them. */
  took(into: Uint8Array, length: number): Buffer {
    if (into.buffer === this.#memory.buffer) this.#at += length;
    return Buffer.from(into.buffer, into.byteOffset, length);
  }
}

/**
 * Lets an accepted socket read into memory of ours. It has to be paused and unused; use the one that is returned.
 *
 * Node offers this for sockets that connect (`onread`) and not for those that a server accepts, so the handle moves
 * to a socket that is made with that option. A Node that does not let it be moved gets its own way of reading.
 */
export function readInto(accepted: Socket, reading: SocketReading): Socket {
  const owner: { _handle?: object | null } = accepted as object;
  const handle = owner._handle;
  if (handle === null || handle === undefined || !('useUserBuffer' in handle)) return accepted;
  owner._handle = null;
  const options: object = {
    handle,
    pauseOnCreate: true,
    onread: {
      buffer: () => reading.next(),
      callback(length: number, into: Uint8Array): boolean {
        // What this makes us send, such as data that waited for the client's window, leaves in one write.
        socket.cork();
        try {
          socket.emit('data', reading.took(into, length));
        } finally {
          socket.uncork();
        }
        return true;
      },
    },
  };
  const socket: Socket = new Socket(options as SocketConstructorOpts);
  return socket;
}
