import type { Session } from '../accounts/sign-in.ts';
import { KIB } from '../kit/bytes.ts';
import type { Instant } from '../kit/clock.ts';
import { reach } from '../kit/failpoint.ts';
import { type FileId, newId } from '../kit/ids.ts';
import { accept, type Result } from '../kit/result.ts';
import { actorOf, fileRecord } from './actors.ts';
import type { Intake } from './custody.ts';
import type { ArrivalPath, Drop } from './file.ts';
import { hintCheck } from './hint-check.ts';
import { isPartialName } from './names.ts';
import { beginUpload, type OpenRequest } from './open-upload.ts';
import type { MoveOutcome } from './ports.ts';
import type { Upload, UploadRefusal } from './upload.ts';
import type { UploadWriter } from './upload-writer.ts';

/** A first write of fewer bytes is all of an upload as a rule; clients cut larger ones into pieces of this size or more. */
const SHORTEST_PIECE = 32 * KIB;

/**
 * An upload to a free name that has been opened, and that nobody knows of yet. When all of it comes in one write and
 * is closed, it is received by one durable row: `upload-started` and `file-received` together. Anything else begins
 * it as every upload begins (`beginUpload`), with the bytes that are held here; what that refuses, the write or the
 * close refuses, and nothing is left behind.
 *
 * A crash before the row leaves a name among what is coming to the airlock, which the next start removes: nobody was
 * told that these bytes are safe.
 */
export class SmallUpload implements Upload {
  readonly id: FileId;
  readonly #intake: Intake;
  readonly #session: Session;
  readonly #request: OpenRequest;
  readonly #newest: FileId | null;
  readonly #openedAt: Instant;
  /** The one write that has come; null before it. */
  #held: Uint8Array | null = null;
  #bringing: Promise<void> | null = null;
  #clientMtime: Instant | null = null;
  #beginning: Promise<Result<UploadWriter, UploadRefusal>> | null = null;
  #writer: UploadWriter | null = null;
  #ending: Promise<unknown> | null = null;

  /** `newest`: the file that the name has shown when it was opened; it has settled. */
  constructor(intake: Intake, session: Session, request: OpenRequest, newest: FileId | null) {
    this.#openedAt = intake.clock.now();
    this.id = newId('file', this.#openedAt);
    this.#intake = intake;
    this.#session = session;
    this.#request = request;
    this.#newest = newest;
  }

  get drop(): Drop {
    return this.#request.drop;
  }

  get path(): ArrivalPath {
    return this.#request.path;
  }

  get size(): number {
    return this.#writer?.size ?? this.#held?.length ?? 0;
  }

  set clientMtime(mtime: Instant) {
    this.#clientMtime = mtime;
    if (this.#writer !== null) this.#writer.clientMtime = mtime;
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<Result<void, UploadRefusal>> {
    const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    const isWhole = this.#held === null && position === 0 && length < SHORTEST_PIECE;
    if (isWhole && this.#beginning === null && length <= this.#intake.policy.largest) {
      // The door uses its memory again.
      this.#held = Buffer.concat(buffers);
      // While the client's CLOSE is on its way; until then nobody is told how it went.
      this.#bringing = this.#intake.zones.airlock.bring(this.id, this.#held);
      this.#bringing.catch(() => undefined);
      return accept(undefined);
    }
    const writer = await this.#begin();
    return writer.ok ? writer.value.write(buffers, position) : writer;
  }

  async sync(): Promise<Result<void, UploadRefusal>> {
    const writer = await this.#begin();
    return writer.ok ? writer.value.sync() : writer;
  }

  async truncate(size: number): Promise<Result<void, UploadRefusal>> {
    if (this.#beginning === null && size === this.size) return accept(undefined);
    const writer = await this.#begin();
    return writer.ok ? writer.value.truncate(size) : writer;
  }

  keepAlive(): void {
    this.#writer?.keepAlive();
  }

  async appear(): Promise<void> {
    // The next call that needs it tells why it failed.
    await (this.#ending ?? this.#begin()).catch(() => undefined);
  }

  finish(complete: boolean): Promise<Result<void, UploadRefusal>> {
    const finished = this.#finish(complete);
    this.#ending = finished;
    return finished;
  }

  async release(): Promise<void> {
    const released = this.#release();
    this.#ending = released;
    await released;
  }

  async #release(): Promise<void> {
    const writer = await this.#begin();
    if (writer.ok) await writer.value.release();
  }

  #begin(): Promise<Result<UploadWriter, UploadRefusal>> {
    this.#beginning ??= this.#open();
    return this.#beginning;
  }

  async #open(): Promise<Result<UploadWriter, UploadRefusal>> {
    await this.#turnAway();
    const opened = await beginUpload(this.#intake, this.#session, { ...this.#request, id: this.id });
    if (!opened.ok) return opened;
    const writer = opened.value;
    if (this.#clientMtime !== null) writer.clientMtime = this.#clientMtime;
    try {
      const written = this.#held === null ? accept(undefined) : await writer.write([this.#held], 0);
      if (!written.ok) {
        await writer.release();
        return written;
      }
    } catch (error) {
      await writer.release();
      throw error;
    }
    this.#writer = writer;
    this.#held = null;
    return opened;
  }

  /** Takes back what was brought, if anything was. */
  async #turnAway(): Promise<void> {
    if (this.#bringing === null) return;
    await Promise.allSettled([this.#bringing]);
    await this.#intake.zones.airlock.turnAway(this.id);
    this.#bringing = null;
  }

  async #finish(complete: boolean): Promise<Result<void, UploadRefusal>> {
    if (this.#beginning === null && (await this.#receive(complete)) === 'moved') return accept(undefined);
    const writer = await this.#begin();
    return writer.ok ? writer.value.finish(complete) : writer;
  }

  /** The bytes and their name first, then the one row (invariant 1). What is not `moved` has changed nothing. */
  async #receive(complete: boolean): Promise<MoveOutcome> {
    this.#bringing ??= this.#intake.zones.airlock.bring(this.id, new Uint8Array());
    try {
      await this.#bringing;
      reach('receive.whole-stored');
      const outcome = await this.#record(this.size, complete);
      if (outcome !== 'moved') await this.#turnAway();
      return outcome;
    } catch (error) {
      // Whether there is a row is not certain; if not, the next start removes the bytes.
      const found = await this.#intake.ledger.fileById(this.id);
      if (found === null) await this.#turnAway();
      else await this.#intake.zones.airlock.place(this.id);
      throw error;
    }
  }

  async #record(size: number, complete: boolean): Promise<MoveOutcome> {
    const { ledger, clock, policy, zones, log } = this.#intake;
    const { drop, path, door, declaredSize } = this.#request;
    const { owner, leavesBy } = drop;
    const at = clock.now();
    const settlesAt = complete ? at : isPartialName(path.name) ? null : at + policy.settle;
    const actor = actorOf(this.#session);
    const file = { id: this.id, owner };
    const outcome = await ledger.receiveWhole(
      {
        ...file,
        leavesBy,
        door,
        path,
        declaredSize,
        at: this.#openedAt,
        newest: this.#newest,
        size,
        receivedAt: at,
        settlesAt,
        clientMtime: this.#clientMtime,
      },
      [
        fileRecord(this.#openedAt, actor, 'upload-started', file, {
          data: { door, declaredSize, leavesBy },
          path,
        }),
        fileRecord(at, actor, 'file-received', file, { data: { size, generation: 1, settlesAt } }),
      ],
    );
    if (outcome !== 'moved') return outcome;
    reach('receive.received');
    const ref = { id: this.id, generation: 1 };
    zones.airlock.place(this.id).then(
      () => settlesAt !== null && hintCheck(this.#intake, ref, size, settlesAt - at),
      (error: unknown) => log.error('airlock-name-not-placed', { file: this.id, error }),
    );
    return outcome;
  }
}
