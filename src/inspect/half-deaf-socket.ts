import { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

/**
 * A socket that goes on reading after a write has failed. Node's own destroys itself with the first EPIPE, and loses
 * what the peer said before it closed: clamd answers "size limit exceeded" that way while we are still sending.
 *
 * Writes after the failure are dropped; `writeFailure` tells. The socket ends when the peer's side does.
 */
export class HalfDeafSocket extends Socket {
  /** Why writing failed; null as long as it has not. */
  writeFailure: Error | null = null;

  override _write(chunk: unknown, encoding: BufferEncoding, done: Done): void {
    if (this.writeFailure !== null) done();
    else super._write(chunk, encoding, this.#absorb(done));
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: Done): void {
    if (this.writeFailure !== null) done();
    else super._writev?.(chunks, this.#absorb(done));
  }

  #absorb(done: Done): Done {
    return (error) => {
      this.writeFailure ??= error ?? null;
      done();
    };
  }
}
