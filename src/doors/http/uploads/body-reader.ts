import type { IncomingMessage } from 'node:http';
import type { EntryRefusal } from '../../../core/accounts/may-act.ts';

/** Bytes are handed on in pieces of about this size: large enough for few writes, small enough for many uploads. */
const PIECE = 256 * 1024;

/** The most chunks in a piece: what one `writev(2)` takes, however small a sender slices its bytes. */
const MOST_CHUNKS = 1024;

/** Why somebody ends a body before its sender does. */
export type StopReason = 'taken-over' | 'upload-idle' | EntryRefusal | 'stopping';

/** How a body ended: at its end, with its connection, over its limit, or on our own wish. */
export type BodyEnd = 'complete' | 'upload-cut' | 'body-too-long' | StopReason;

/** What becomes of the bytes. */
export interface BodySink {
  /** Sees every chunk as it comes. */
  readonly see: (chunk: Uint8Array) => void;
  /** Takes a piece; the next one comes when it resolved. A rejection ends the reading. */
  readonly write: (piece: readonly Uint8Array[]) => Promise<void>;
  /** The most bytes that may come. */
  readonly most: number;
}

/**
 * Reads the body of a request straight from its socket: no web streams, no pipes, no copies. One piece is written
 * while the next is gathered, and the socket rests while both are full, so memory stays at two pieces per upload.
 *
 * The last bytes are never written here: `rest` has them once `ended` resolved, so that the caller can look at all
 * bytes before the last of them reaches the disk.
 */
export class BodyReader {
  /** How the body ended, with no write under way any more. Rejects with the error of a write that failed. */
  readonly ended: Promise<BodyEnd>;
  readonly #body: IncomingMessage;
  readonly #sink: BodySink;
  readonly #resolve: (end: BodyEnd) => void;
  readonly #reject: (error: unknown) => void;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #received = 0;
  #writing: Promise<void> | null = null;
  #over = false;
  #lastByteAt = performance.now();

  constructor(body: IncomingMessage, sink: BodySink) {
    this.#body = body;
    this.#sink = sink;
    const { promise, resolve, reject } = Promise.withResolvers<BodyEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    // A request that came whole and was closed before anybody read it is destroyed too, and would never say so.
    if (body.destroyed) this.#end('upload-cut');
    else
      body.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onCut).on('error', this.#onCut);
  }

  /** The bytes that were gathered and not written. */
  get rest(): readonly Uint8Array[] {
    return this.#pending;
  }

  /** Bytes that came so far. */
  get received(): number {
    return this.#received;
  }

  /** How long, in milliseconds, the sender has been silent; 0 while it is us who are not ready. */
  get silence(): number {
    return this.#body.isPaused() ? 0 : performance.now() - this.#lastByteAt;
  }

  /** Ends the reading; what has come so far is in the sink and in `rest`. */
  stop(reason: StopReason): void {
    this.#end(reason);
  }

  /** Hands on all but the last chunk of what is gathered, so that a slow upload's bytes do not wait for a full piece. */
  flush(): void {
    if (this.#over || this.#writing !== null || this.#pending.length < 2) return;
    const last = this.#pending.pop();
    this.#write();
    if (last !== undefined) this.#gather(last);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#lastByteAt = performance.now();
    this.#received += chunk.length;
    if (this.#received > this.#sink.most) {
      this.#end('body-too-long');
      return;
    }
    this.#sink.see(chunk);
    this.#gather(chunk);
    if (!this.#isFull()) return;
    this.flush();
    if (this.#isFull()) this.#body.pause();
  };

  readonly #onEnd = (): void => this.#end('complete');
  readonly #onCut = (): void => this.#end('upload-cut');

  #isFull(): boolean {
    return this.#pendingBytes >= PIECE || this.#pending.length >= MOST_CHUNKS;
  }

  #gather(chunk: Uint8Array): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
  }

  #write(): void {
    const piece = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#writing = this.#sink.write(piece).then(
      () => this.#written(piece),
      (error: unknown) => {
        this.#writing = null;
        this.#leave();
        this.#reject(error);
      },
    );
  }

  #written(piece: readonly Uint8Array[]): void {
    giveBack(piece);
    this.#writing = null;
    if (this.#over) return;
    if (this.#isFull()) this.flush();
    if (!this.#body.isPaused()) return;
    this.#lastByteAt = performance.now();
    this.#body.resume();
  }

  #end(end: BodyEnd): void {
    if (this.#over) return;
    this.#leave();
    void (this.#writing ?? Promise.resolve()).then(() => this.#resolve(end));
  }

  #leave(): void {
    this.#over = true;
    this.#body
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('close', this.#onCut)
      .off('error', this.#onCut);
    this.#body.pause();
  }
}

/**
 * Frees the memory of chunks that were written, without waiting for the collector. Each is an allocation outside the
 * heap that V8 answers with a full collection every few megabytes: left to it, that costs more than the upload itself.
 */
function giveBack(piece: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of piece) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
  }
}
