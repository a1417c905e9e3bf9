import type { LiveUploads } from '../../core/custody/upload.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { type Result, refuse } from '../../core/kit/result.ts';
import type { FolderHandle } from './handles/folder-handle.ts';
import type { HandleRoom } from './handles/handle-room.ts';
import { type OpenHandle, OpenHandles, type Target } from './handles/open-handles.ts';
import type { ReadMemory } from './handles/read-memory.ts';
import { Lane, type WriteTask } from './lane.ts';
import type { SftpLimits, SftpTally } from './limits.ts';
import { findRow } from './operations.ts';
import { type Answer, answerError, answerRefusal, isTooLarge, type Refusal } from './refusals.ts';
import type { ReplyStream } from './reply-stream.ts';
import type { Data, Desk, Request, Row } from './requests.ts';
import type { View } from './views/view.ts';
import type { VirtualPath } from './views/virtual-path.ts';
import { BadMessage, NumberTooLarge } from './wire/field-reader.ts';
import { LONGEST_TRANSFER, MESSAGE, STATUS } from './wire/message-types.ts';
import { okReply, statusReply } from './wire/replies.ts';

/** What a request does, and what is to be sent back. */
type Act = () => Promise<Result<Buffer | Data, Refusal>>;

/** A WRITE of this many bytes is part of a large upload. */
const BULK = 32 * 1024;

/** What the requests of one session are answered with. */
export interface QueueParts {
  readonly view: View;
  readonly live: LiveUploads;
  readonly replies: ReplyStream;
  readonly readMemory: ReadMemory;
  readonly account: AccountId;
  readonly limits: SftpLimits;
  readonly tally: SftpTally;
  readonly handleRoom: HandleRoom;
  /** For every line of this session's log. */
  readonly about: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly now: () => number;
  /** A large upload is under way. */
  readonly onBulk: () => void;
  /** A file has been closed or released. */
  readonly onFileClosed: () => void;
}

/**
 * Brings each request to its handler, in order: requests with a path one after the other, requests with a handle in
 * the order of that handle, beside them. A request with a path waits for every CLOSE that was sent before it. Every
 * request is answered once, whatever is in it.
 */
export class RequestQueue {
  readonly handles: OpenHandles;
  readonly #parts: QueueParts;
  readonly #desk: Desk;
  readonly #paths: Lane;
  readonly #gone = new AbortController();
  #isStopping = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.handles = new OpenHandles(parts.limits.handles, parts.handleRoom, parts.account, parts.tally);
    this.#paths = this.#newLane(() => Promise.resolve());
    this.#desk = {
      view: parts.view,
      handles: this.handles,
      limits: parts.limits,
      tally: parts.tally,
      memory: parts.readMemory,
      now: parts.now,
      gone: this.#gone.signal,
      open: (target, path) => this.#open(target, path),
      reading: (bytes) => parts.replies.reading(bytes),
    };
  }

  /** Adds a request. `finish` is called when its bytes are not needed any more. Never throws. */
  add(type: number, request: Request, finish: () => void): void {
    try {
      if (type === MESSAGE.INIT) throw new BadMessage('the session has begun already');
      const row = findRow(type, request.fields);
      if (row === undefined) {
        this.#enqueue(this.#paths, request.id, finish, async () => refuse('unsupported'));
      } else if (row.on === 'path') {
        this.#onPath(row, request, finish);
      } else if (row.on === 'handle') {
        this.#onHandle(row, request, finish);
      } else if (row.on === 'bytes') {
        this.#onBytes(row, request, finish);
      } else {
        this.#onData(request, finish);
      }
    } catch (error) {
      this.#enqueue(this.#paths, request.id, finish, () => Promise.reject(asError(error)));
    }
  }

  /** From now on, what would begin to change something is refused. */
  beginStopping(): void {
    this.#isStopping = true;
  }

  /** Nobody waits for answers any more: what is still to wait for a turn is given up. */
  clientGone(): void {
    this.#gone.abort();
  }

  /** Resolves when requests with a path are done. */
  pathsIdle(): Promise<void> {
    return this.#paths.idle();
  }

  /** Drops what has not begun. */
  drop(): void {
    this.#paths.drop();
    for (const { lane } of this.handles.all()) lane.drop();
  }

  /** The handle is closed: its name, lane and live size go. */
  closed(handle: OpenHandle): void {
    this.handles.forget(handle);
    if (handle.target.kind === 'folder') return;
    const { live, onFileClosed } = this.#parts;
    const writer = handle.target.kind === 'upload' ? handle.target.writer : null;
    if (writer !== null && live.get(writer.id) === writer) live.delete(writer.id);
    onFileClosed();
  }

  #onPath(row: Row & { on: 'path' }, request: Request, finish: () => void): void {
    const closing = this.handles.closing();
    this.#enqueue(this.#paths, request.id, finish, async () => {
      for (const handle of closing) await handle.lane.idle();
      if (row.writes && this.#isStopping) return refuse('stopping');
      return row.answer(this.#desk, request);
    });
  }

  #onHandle(row: Row & { on: 'handle' }, request: Request, finish: () => void): void {
    const name = request.fields.latin1();
    const handle = row.name === 'close' ? this.handles.beginClosing(name) : this.handles.find(name);
    this.#enqueue(handle?.lane ?? this.#paths, request.id, finish, async () => {
      if (handle === undefined) return refuse('bad-handle');
      try {
        return await row.answer(this.#desk, request, handle);
      } finally {
        if (row.name === 'close') this.closed(handle);
      }
    });
  }

  #onBytes(row: Row & { on: 'bytes' }, { id, fields }: Request, finish: () => void): void {
    const handle = this.handles.find(fields.latin1());
    const offset = fields.uint64();
    const length = Math.min(fields.uint32(), LONGEST_TRANSFER);
    if (handle !== undefined && handle.target.kind !== 'folder') handle.target.asked(offset, length);
    this.#enqueue(handle?.lane ?? this.#paths, id, finish, async () => {
      // Nobody would get what is read for a client that is gone.
      if (handle === undefined || this.#parts.replies.isOver) return refuse('bad-handle');
      return row.answer(this.#desk, { id, offset, length }, handle);
    });
  }

  #onData({ id, fields }: Request, finish: () => void): void {
    const handle = this.handles.find(fields.latin1());
    const offset = fields.uint64();
    const data = fields.bytes();
    if (handle === undefined || handle.target.kind === 'folder') {
      this.#enqueue(this.#paths, id, finish, async () => refuse('bad-handle'));
      return;
    }
    if (offset + data.length > Number.MAX_SAFE_INTEGER) throw new NumberTooLarge();
    if (data.length >= BULK) this.#parts.onBulk();
    const place = handle.target.offsetOf(offset, data.length);
    handle.lane.push({ kind: 'write', id, offset: place, data, finish });
  }

  #enqueue(lane: Lane, id: number, finish: () => void, act: Act): void {
    lane.push({
      kind: 'call',
      finish,
      run: async () => this.#parts.replies.send(await this.#reply(id, act)),
    });
  }

  async #reply(id: number, act: Act): Promise<Buffer | Data> {
    try {
      const done = await act();
      return done.ok ? done.value : status(id, this.#refusal(done));
    } catch (error) {
      return status(id, this.#failure(error));
    }
  }

  async #write(file: Exclude<Target, FolderHandle>, batch: readonly WriteTask[]): Promise<void> {
    const { replies } = this.#parts;
    const failed = await this.#tryWrite(file, batch);
    for (const { id } of batch) replies.send(failed === null ? okReply(id) : status(id, failed));
  }

  async #tryWrite(file: Exclude<Target, FolderHandle>, batch: readonly WriteTask[]): Promise<Answer | null> {
    const buffers = batch.map(({ data }) => data);
    try {
      const written = await file.write(buffers, batch[0]?.offset ?? 0);
      return written.ok ? null : this.#refusal(written);
    } catch (error) {
      return this.#failure(error);
    }
  }

  #refusal(refused: Parameters<typeof answerRefusal>[0]): Answer {
    this.#parts.log.debug('sftp-refused', { ...this.#parts.about, refusal: refused.refusal });
    return answerRefusal(refused);
  }

  #failure(error: unknown): Answer {
    if (error instanceof BadMessage) return { code: STATUS.BAD_MESSAGE, sentence: error.message };
    if (error instanceof NumberTooLarge) return { code: STATUS.FAILURE, sentence: error.message };
    const level = isTooLarge(error) ? 'info' : 'error';
    this.#parts.log[level]('sftp-request-failed', { ...this.#parts.about, error });
    return answerError(error);
  }

  #open(target: Target, path: VirtualPath): string {
    if (target.kind === 'upload') this.#parts.live.set(target.writer.id, target.writer);
    const file = target.kind === 'folder' ? null : target;
    const lane = this.#newLane((batch) => (file === null ? Promise.resolve() : this.#write(file, batch)));
    return this.handles.add({ target, path, lane });
  }

  #newLane(write: (batch: readonly WriteTask[]) => Promise<void>): Lane {
    return new Lane({ gate: () => this.#parts.replies.room(), write });
  }
}

function status(id: number, { code, sentence }: Answer): Buffer {
  return statusReply(id, code, sentence);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a request could not be read', { cause: error });
}
