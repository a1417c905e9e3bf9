import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import type { LiveUploads } from '../../core/custody/upload.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId } from '../../core/kit/ids.ts';
import type { Logger } from '../../core/kit/logger.ts';
import type { ByteBudget } from './byte-budget.ts';
import { FlowControl, type SocketGate } from './flow-control.ts';
import type { HandleRoom } from './handles/handle-room.ts';
import type { OpenHandle } from './handles/open-handles.ts';
import { ReadMemory } from './handles/read-memory.ts';
import type { SftpLimits, SftpTally } from './limits.ts';
import { ANNOUNCED } from './operations.ts';
import type { PacketMemory } from './packet-memory.ts';
import { ReplyStream } from './reply-stream.ts';
import { RequestQueue } from './request-queue.ts';
import type { SocketReading } from './socket-reading.ts';
import type { View } from './views/view.ts';
import { BadMessage, FieldReader } from './wire/field-reader.ts';
import { MESSAGE } from './wire/message-types.ts';
import { BadPacketLength, PacketParser, type Space } from './wire/packet-parser.ts';
import { versionReply } from './wire/replies.ts';

/** What a request weighs in the byte budget beside its bytes: the objects that stand for it. */
const REQUEST_WEIGHT = 512;

/** What one SFTP session is made of. */
export interface SessionParts {
  readonly channel: ServerChannel;
  readonly socket: Socket;
  readonly gate: SocketGate;
  readonly reading: SocketReading;
  readonly budget: ByteBudget;
  readonly memory: PacketMemory;
  /** What files are read into. */
  readonly blocks: PacketMemory;
  readonly view: View;
  readonly live: LiveUploads;
  readonly account: AccountId;
  readonly limits: SftpLimits;
  readonly tally: SftpTally;
  readonly handleRoom: HandleRoom;
  /** For every line of this session's log. */
  readonly about: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly now: () => Instant;
  /** The client broke the protocol in a way that only closing the connection answers. */
  readonly onViolation: () => void;
}

/** How a session ends. */
interface Ending {
  /** What has not begun is dropped; otherwise it is done first. */
  readonly drop: boolean;
  readonly exitStatus: number;
}

/**
 * SFTP version 3 (draft-ietf-secsh-filexfer-02) over one channel, from INIT to the end.
 *
 * Ends once: by the client's EOF, the loss of the connection, or from here. Then every upload that is still open is
 * released and stays resumable, and the channel is closed, without which OpenSSH's client would wait for ever.
 */
export class SftpSession {
  /** Resolves when the session is over and its uploads are released. */
  readonly ended: Promise<void>;
  readonly #parts: SessionParts;
  readonly #parser: PacketParser;
  readonly #replies: ReplyStream;
  readonly #flow: FlowControl;
  readonly #queue: RequestQueue;
  readonly #readMemory: ReadMemory;
  readonly #isOver: () => void;
  #isBegun = false;
  #requests = 0;
  #ending: Promise<void> | null = null;
  #onFileClosed: (() => void)[] = [];

  constructor(parts: SessionParts) {
    const { channel, socket, reading } = parts;
    const over = Promise.withResolvers<void>();
    this.ended = over.promise;
    this.#isOver = over.resolve;
    this.#parts = parts;
    this.#parser = new PacketParser((length) => parts.memory.take(length), parts.limits.packet);
    this.#replies = new ReplyStream(channel, socket, () => this.#flow.adjust());
    this.#flow = new FlowControl({ ...parts, replies: this.#replies, onFlood: parts.onViolation });
    this.#readMemory = new ReadMemory(parts.blocks, parts.budget);
    this.#queue = new RequestQueue({
      ...parts,
      replies: this.#replies,
      readMemory: this.#readMemory,
      onBulk: () => reading.bulk(),
      onFileClosed: () => this.#fileClosed(),
    });
    channel.on('data', (data: Buffer) => this.#receive(data));
    channel.on('end', () => void this.#end({ drop: false, exitStatus: 0 }));
    channel.on('error', (error: Error) => parts.log.debug('sftp-channel-error', { ...parts.about, error }));
  }

  /** How many requests have come. */
  get requests(): number {
    return this.#requests;
  }

  /** The client was heard: uploads that are open stay this session's. */
  keepAlive(): void {
    for (const { target } of this.#queue.handles.all()) {
      if (target.kind === 'upload') target.writer.keepAlive();
    }
  }

  /** Begins nothing new. Resolves when no file is open for writing and nothing is under way. */
  async drain(): Promise<void> {
    this.#queue.beginStopping();
    const isBusy = (): boolean => this.#queue.handles.all().some(({ target }) => target.writes);
    await this.#queue.pathsIdle();
    while (this.#ending === null && isBusy()) {
      await new Promise<void>((resolve) => this.#onFileClosed.push(resolve));
    }
  }

  /** Says why, on the error stream of the channel, and ends the session; what has not begun is dropped. */
  endWith(sentence: string): Promise<void> {
    if (this.#ending === null) this.#parts.channel.stderr.write(`${sentence}\n`);
    return this.#end({ drop: true, exitStatus: 1 });
  }

  /** The connection is lost. What the client had asked for is done; nobody waits for replies any more. */
  lost(): Promise<void> {
    this.#replies.end();
    this.#queue.clientGone();
    return this.#end({ drop: false, exitStatus: 1 });
  }

  #receive(data: Buffer): void {
    if (this.#ending !== null) return;
    try {
      this.#parser.feed(data, (packet) => this.#take(packet));
    } catch (error) {
      if (error instanceof BadPacketLength) this.#parts.tally.refused('packet');
      this.#parts.log.info('sftp-protocol-error', { ...this.#parts.about, error });
      void this.endWith(error instanceof Error ? error.message : 'this is not SFTP');
    }
  }

  #take(packet: Space): void {
    const fields = new FieldReader(packet.bytes);
    const type = fields.byte();
    const id = fields.uint32();
    if (!this.#isBegun || this.#ending !== null) {
      packet.release();
      if (this.#ending === null) this.#begin(type);
      return;
    }
    this.#requests++;
    const weight = packet.bytes.length + REQUEST_WEIGHT;
    this.#flow.arrived(weight);
    this.#queue.add(type, { id, fields }, () => {
      packet.release();
      this.#flow.done(weight);
    });
  }

  #begin(type: number): void {
    if (type !== MESSAGE.INIT) throw new BadMessage('the first SFTP message has to be INIT');
    this.#isBegun = true;
    this.#replies.send(versionReply(ANNOUNCED));
  }

  #fileClosed(): void {
    this.#parts.reading.relax();
    const waiting = this.#onFileClosed;
    this.#onFileClosed = [];
    for (const wake of waiting) wake();
  }

  #end({ drop, exitStatus }: Ending): Promise<void> {
    if (drop) {
      this.#replies.stopGating();
      this.#queue.drop();
    }
    this.#ending ??= this.#finish(exitStatus);
    return this.#ending;
  }

  async #finish(exitStatus: number): Promise<void> {
    await this.#queue.pathsIdle();
    await Promise.all(this.#queue.handles.all().map((handle) => this.#release(handle)));
    this.#replies.flush();
    this.#parser.end();
    this.#flow.end();
    try {
      this.#parts.channel.exit(exitStatus);
      this.#parts.channel.end();
    } catch (error) {
      this.#parts.log.debug('sftp-channel-error', { ...this.#parts.about, error });
    }
    this.#replies.end();
    this.#readMemory.end();
    this.#isOver();
  }

  async #release(handle: OpenHandle): Promise<void> {
    await handle.lane.idle();
    try {
      await handle.target.abandon();
    } catch (error) {
      this.#parts.log.warn('file-not-released', { ...this.#parts.about, error });
    } finally {
      this.#queue.closed(handle);
    }
  }
}
