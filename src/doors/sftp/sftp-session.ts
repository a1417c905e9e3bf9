import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import type { Instant } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { type Result, refuse } from '../../core/kit/result.ts';
import type { ByteBudget } from './byte-budget.ts';
import { ANNOUNCED } from './extensions.ts';
import { FlowControl, type SocketGate } from './flow-control.ts';
import { Lane, type WriteTask } from './lane.ts';
import { type OpenHandle, OpenHandles } from './open-handles.ts';
import { answerError, answerRefusal, type Refusal } from './refusals.ts';
import { ReplyStream } from './reply-stream.ts';
import { type Desk, findRow, type Request, type Row } from './requests.ts';
import { UploadHandle } from './upload-handle.ts';
import type { LiveUploads, View } from './view.ts';
import { BadMessage, FieldReader, NumberTooLarge } from './wire/field-reader.ts';
import { MESSAGE, STATUS } from './wire/message-types.ts';
import { PacketParser, type RawPacket } from './wire/packet-parser.ts';
import { okReply, statusReply, versionReply } from './wire/replies.ts';

/** What a request weighs in the byte budget beside its bytes: the objects that stand for it. */
const REQUEST_WEIGHT = 512;

/** What one SFTP session is made of. */
export interface SessionParts {
  readonly channel: ServerChannel;
  readonly socket: Socket;
  readonly gate: SocketGate;
  readonly budget: ByteBudget;
  readonly view: View;
  readonly live: LiveUploads;
  readonly mostHandles: number;
  /** For every line of this session's log. */
  readonly about: Readonly<Record<string, string>>;
  readonly log: Logger;
  now(): Instant;
  /** The client broke the protocol in a way that only closing the connection answers. */
  onViolation(): void;
}

/**
 * SFTP version 3 (draft-ietf-secsh-filexfer-02) over one channel.
 *
 * Requests with a path are done one after the other; requests with a handle in the order of that handle, beside
 * them. A request with a path waits for every CLOSE that was sent before it. Ends once, by the client's EOF, the loss
 * of the connection, or `end`; then every upload that is still open is released and stays resumable.
 */
export class SftpSession {
  /** Resolves when the session is over and its uploads are released. */
  readonly ended: Promise<void>;
  readonly #parts: SessionParts;
  readonly #parser = new PacketParser();
  readonly #handles: OpenHandles;
  readonly #replies: ReplyStream;
  readonly #flow: FlowControl;
  readonly #desk: Desk;
  readonly #paths: Lane;
  readonly #isOver: () => void;
  #isBegun = false;
  #isStopping = false;
  #ending: Promise<void> | null = null;
  #onClosed: (() => void)[] = [];

  constructor(parts: SessionParts) {
    const { channel, socket, view, mostHandles } = parts;
    const over = Promise.withResolvers<void>();
    this.ended = over.promise;
    this.#isOver = over.resolve;
    this.#parts = parts;
    this.#handles = new OpenHandles(mostHandles);
    this.#replies = new ReplyStream(channel, socket, () => this.#flow.adjust());
    this.#flow = new FlowControl({ ...parts, replies: this.#replies, onFlood: parts.onViolation });
    this.#paths = this.#newLane(() => Promise.resolve());
    this.#desk = {
      view,
      handles: this.#handles,
      now: parts.now,
      open: (target) => this.#open(target),
      closed: (handle) => this.#closed(handle),
    };
    channel.on('data', (data: Buffer) => this.#receive(data));
    channel.on('end', () => void this.#end({ drop: false, exit: 0 }));
    channel.on('error', (error: Error) => parts.log.debug('sftp-channel-error', { ...parts.about, error }));
  }

  /** The client was heard: uploads that are open stay this session's. */
  keepAlive(): void {
    for (const { target } of this.#handles.all()) {
      if (target.kind === 'upload') target.writer.keepAlive();
    }
  }

  /** Begins nothing new. Resolves when no upload is open and nothing is under way. */
  async drain(): Promise<void> {
    this.#isStopping = true;
    const isBusy = (): boolean => this.#handles.all().some(({ target }) => target.kind === 'upload');
    while (this.#ending === null && isBusy()) {
      await new Promise<void>((resolve) => this.#onClosed.push(resolve));
    }
    await this.#paths.idle();
  }

  /** Ends the session. What has not begun is dropped, or done when the client asked for it and is gone. */
  end(drop: boolean): Promise<void> {
    return this.#end({ drop, exit: 1 });
  }

  /** Says why, on the error stream of the channel, and ends the session. */
  endWith(sentence: string): Promise<void> {
    if (this.#ending === null) this.#parts.channel.stderr.write(`${sentence}\n`);
    return this.#end({ drop: true, exit: 1 });
  }

  #receive(data: Buffer): void {
    if (this.#ending !== null) return;
    try {
      this.#parser.feed(data, (packet) => this.#take(packet));
    } catch (error) {
      this.#parts.log.info('sftp-protocol-error', { ...this.#parts.about, error });
      void this.endWith(error instanceof Error ? error.message : 'this is not SFTP');
    }
  }

  #take(packet: RawPacket): void {
    if (this.#ending !== null) return;
    const fields = new FieldReader(packet);
    const type = fields.byte();
    const id = fields.uint32();
    if (!this.#isBegun) {
      if (type !== MESSAGE.INIT) throw new BadMessage('the first SFTP message has to be INIT');
      this.#isBegun = true;
      this.#replies.send(versionReply(ANNOUNCED));
      return;
    }
    const weight = packet.length + REQUEST_WEIGHT;
    this.#flow.arrived(weight);
    this.#dispatch(type, { id, fields }, weight);
  }

  #dispatch(type: number, request: Request, weight: number): void {
    try {
      if (type === MESSAGE.INIT) throw new BadMessage('the session has begun already');
      const row = findRow(type, request.fields);
      if (row === undefined || row.on === 'name') {
        this.#enqueue(this.#paths, request.id, weight, async () => refuse('unsupported'));
      } else if (row.on === 'path') {
        this.#onPath(row, request, weight);
      } else if (row.on === 'handle') {
        this.#onHandle(row, request, weight);
      } else {
        this.#onData(request, weight);
      }
    } catch (error) {
      this.#enqueue(this.#paths, request.id, weight, () => Promise.reject(asError(error)));
    }
  }

  #onPath(row: Row & { on: 'path' }, request: Request, weight: number): void {
    const closing = this.#handles.closing();
    this.#enqueue(this.#paths, request.id, weight, async () => {
      for (const handle of closing) await handle.lane.idle();
      if (row.writes && this.#isStopping) return refuse('stopping');
      return row.answer(this.#desk, request);
    });
  }

  #onHandle(row: Row & { on: 'handle' }, request: Request, weight: number): void {
    const name = request.fields.latin1();
    const handle = row.name === 'close' ? this.#handles.beginClosing(name) : this.#handles.find(name);
    this.#enqueue(handle?.lane ?? this.#paths, request.id, weight, async () =>
      handle === undefined ? refuse('bad-handle') : row.answer(this.#desk, request, handle),
    );
  }

  #onData({ id, fields }: Request, weight: number): void {
    const handle = this.#handles.find(fields.latin1());
    const offset = fields.uint64();
    const { buffers, length } = fields.data();
    if (handle?.target.kind !== 'upload') {
      this.#enqueue(this.#paths, id, weight, async () => refuse('bad-handle'));
      return;
    }
    if (offset + length > Number.MAX_SAFE_INTEGER) throw new NumberTooLarge();
    handle.lane.push({
      kind: 'write',
      id,
      offset: handle.target.offsetOf(offset, length),
      buffers,
      length,
      weight,
    });
  }

  #enqueue(lane: Lane, id: number, weight: number, act: () => Promise<Result<Buffer, Refusal>>): void {
    lane.push({ kind: 'call', weight, run: async () => this.#replies.send(await this.#answer(id, act)) });
  }

  async #answer(id: number, act: () => Promise<Result<Buffer, Refusal>>): Promise<Buffer> {
    try {
      const done = await act();
      return done.ok ? done.value : this.#refusal(id, done);
    } catch (error) {
      return this.#failure(id, error);
    }
  }

  #refusal(id: number, refused: Parameters<typeof answerRefusal>[0]): Buffer {
    const { code, sentence } = answerRefusal(refused);
    this.#parts.log.debug('sftp-refused', { ...this.#parts.about, refusal: refused.refusal });
    return statusReply(id, code, sentence);
  }

  #failure(id: number, error: unknown): Buffer {
    if (error instanceof BadMessage) return statusReply(id, STATUS.BAD_MESSAGE, error.message);
    if (error instanceof NumberTooLarge) return statusReply(id, STATUS.FAILURE, error.message);
    this.#parts.log.error('sftp-request-failed', { ...this.#parts.about, error });
    const { code, sentence } = answerError(error);
    return statusReply(id, code, sentence);
  }

  #open(target: OpenHandle['target']): string {
    const upload = target.kind === 'upload' ? target : null;
    const lane = this.#newLane((batch) => (upload === null ? Promise.resolve() : this.#write(upload, batch)));
    if (upload !== null) this.#parts.live.set(upload.writer.ref.id, upload.writer);
    return this.#handles.add({ target, lane });
  }

  #closed(handle: OpenHandle): void {
    const { live } = this.#parts;
    this.#handles.forget(handle);
    if (handle.target.kind === 'upload') {
      const { writer } = handle.target;
      if (live.get(writer.ref.id) === writer) live.delete(writer.ref.id);
    }
    const waiting = this.#onClosed;
    this.#onClosed = [];
    for (const wake of waiting) wake();
  }

  async #write(upload: UploadHandle, batch: readonly WriteTask[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const buffers = batch.flatMap((task) => task.buffers);
    try {
      const written = await upload.write(buffers, first.offset);
      for (const { id } of batch) this.#replies.send(written.ok ? okReply(id) : this.#refusal(id, written));
    } catch (error) {
      for (const { id } of batch) this.#replies.send(this.#failure(id, error));
    }
  }

  #newLane(write: (batch: readonly WriteTask[]) => Promise<void>): Lane {
    return new Lane({ gate: () => this.#replies.room(), done: (weight) => this.#flow.done(weight), write });
  }

  #end(how: { readonly drop: boolean; readonly exit: number }): Promise<void> {
    if (how.drop) {
      this.#replies.stopGating();
      for (const lane of this.#lanes()) lane.drop();
    }
    this.#ending ??= this.#finish(how.exit);
    return this.#ending;
  }

  /** The connection is lost: nobody waits for replies any more. */
  lost(): Promise<void> {
    this.#replies.end();
    return this.end(false);
  }

  async #finish(exit: number): Promise<void> {
    await this.#paths.idle();
    for (const handle of this.#handles.all()) {
      await handle.lane.idle();
      await this.#abandon(handle);
    }
    this.#replies.flush();
    this.#flow.end();
    try {
      this.#parts.channel.exit(exit);
      this.#parts.channel.end();
    } catch (error) {
      this.#parts.log.debug('sftp-channel-error', { ...this.#parts.about, error });
    }
    this.#replies.end();
    this.#isOver();
  }

  async #abandon(handle: OpenHandle): Promise<void> {
    try {
      if (handle.target.kind === 'upload') await handle.target.abandon();
    } catch (error) {
      this.#parts.log.warn('upload-not-released', { ...this.#parts.about, error });
    } finally {
      this.#closed(handle);
    }
  }

  #lanes(): readonly Lane[] {
    return [this.#paths, ...this.#handles.all().map(({ lane }) => lane)];
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a request could not be read', { cause: error });
}
