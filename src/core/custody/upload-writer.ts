import type { Session } from '../accounts/sign-in.ts';
import { MIB } from '../kit/bytes.ts';
import { type Instant, type Millis, SECOND } from '../kit/clock.ts';
import { reach } from '../kit/failpoint.ts';
import type { FileId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { actorOf, fileRecord } from './actors.ts';
import type { Intake } from './custody.ts';
import { Extents } from './extents.ts';
import type { ArrivalPath, Drop, FileRef } from './file.ts';
import { hintCheck } from './hint-check.ts';
import { isPartialName } from './names.ts';
import type { Lease } from './ports.ts';
import { syncOrGiveUp } from './sync-or-give-up.ts';
import type { Upload } from './upload.ts';
import type { AirlockHandle } from './zone-ports.ts';

/** How long a writer that says nothing keeps its upload to itself. */
export const LEASE_LIFE: Millis = 30 * SECOND;

/** How often a writer says that it is alive. */
const LEASE_RENEWAL: Millis = 10 * SECOND;

/** A writer that was silent for longer asks whether the upload is still its own before it writes. */
const LEASE_DOUBT: Millis = 20 * SECOND;

/** Progress is made durable, and room reserved, in steps of this many bytes. */
const STEP = 64 * MIB;

/** Uploads up to this size reserve nothing: what the site keeps free covers them. */
const UNRESERVED = MIB;

/** Why bytes were not taken. What was written before stays, and can be resumed. */
export type WriteRefusal = 'no-room' | 'too-large' | 'superseded';

/** What an upload is opened with. `size` is what the airlock holds of it, without a gap. */
export interface OpenedUpload {
  readonly ref: FileRef;
  readonly drop: Drop;
  readonly path: ArrivalPath;
  readonly lease: Lease;
  readonly size: number;
  readonly handle: AirlockHandle;
}

/**
 * The one writer of one upload, whatever the door. Ends with `finish` (the client closed the file) or `release`
 * (the client is gone): exactly one of them, once; both wait for writes under way.
 *
 * Memory does not grow with the file. Errors of the disk are thrown as they are (`code` ENOSPC, EIO …); after a
 * failed sync the upload is given up, because nobody knows which bytes are on disk.
 */
export class UploadWriter implements Upload {
  readonly ref: FileRef;
  readonly drop: Drop;
  readonly path: ArrivalPath;
  readonly #intake: Intake;
  readonly #session: Session;
  readonly #lease: Lease;
  readonly #handle: AirlockHandle;
  readonly #extents: Extents;
  /** Writes that have begun and are not known to be whole: under way, or failed. */
  readonly #begun = new Set<{ readonly start: number; readonly end: number }>();
  /** Writes and cuts that have not ended yet. */
  readonly #underWay = new Set<Promise<unknown>>();
  #clientMtime: Instant | null = null;
  #reserved = 0;
  #gapNoted = false;
  #durable: number;
  #renewedAt: Millis;
  #background: Promise<void> | null = null;
  #pastGeneration = false;
  #ended = false;

  constructor(intake: Intake, session: Session, opened: OpenedUpload) {
    this.#intake = intake;
    this.#session = session;
    this.ref = opened.ref;
    this.drop = opened.drop;
    this.path = opened.path;
    this.#lease = opened.lease;
    this.#handle = opened.handle;
    this.#extents = new Extents(opened.size);
    this.#durable = opened.size;
    this.#renewedAt = intake.clock.monotonic();
  }

  get id(): FileId {
    return this.ref.id;
  }

  /** Where the last byte ends, which is what a client sees as the size. */
  get size(): number {
    return this.#extents.end;
  }

  /** The modification time that the client asked to be shown. Stored when the upload ends. */
  set clientMtime(mtime: Instant) {
    this.#clientMtime = mtime;
  }

  /** Writes the buffers, one after the other, at `position`. Resolved means taken, not durable. */
  write(buffers: readonly Uint8Array[], position: number): Promise<Result<void, WriteRefusal>> {
    return this.#track(this.#write(buffers, position));
  }

  async #write(buffers: readonly Uint8Array[], position: number): Promise<Result<void, WriteRefusal>> {
    const end = buffers.reduce((sum, buffer) => sum + buffer.length, position);
    const range = { start: position, end };
    this.#begun.add(range);
    const allowed = await this.#prepare(position, end);
    // One that fails stays: nobody knows how much of it is there.
    if (allowed.ok) await this.#handle.write(buffers, position);
    this.#begun.delete(range);
    if (!allowed.ok) return allowed;
    this.#extents.add(position, end);
    reach('receive.bytes-written');
    this.keepAlive();
    if (this.#extents.contiguous - this.#durable >= STEP) this.#noteInBackground();
    return accept(undefined);
  }

  /** Makes what is there without a gap durable, and says so in the ledger: it can be gone on with after any crash. */
  async note(): Promise<void> {
    await this.#noteDurable();
  }

  /** Makes everything that was written durable, as fsync@openssh.com asks. Says nothing about completeness. */
  async sync(): Promise<Result<void, never>> {
    await this.#syncOrGiveUp();
    return accept(undefined);
  }

  /** The row was there before the writer. */
  async appear(): Promise<void> {}

  /** Cuts or extends the upload; an extension reads as zeros. */
  truncate(size: number): Promise<Result<void, WriteRefusal>> {
    return this.#track(this.#truncate(size));
  }

  async #truncate(size: number): Promise<Result<void, WriteRefusal>> {
    const allowed = await this.#prepare(size, size);
    if (!allowed.ok) return allowed;
    await this.#handle.truncate(size);
    this.#extents.truncate(size);
    this.#extents.add(this.#extents.contiguous, size);
    this.#durable = Math.min(this.#durable, size);
    return accept(undefined);
  }

  /** Says that the client is alive. Cheap: renews the lease at most every 10 s, in the background. */
  keepAlive(): void {
    if (this.#silence() >= LEASE_RENEWAL)
      this.#inBackground('lease-renewal-failed', () => this.#renewLease());
  }

  /**
   * The client closed the file: `received` once bytes, directory entry and row are durable (invariant 1).
   * `complete` says that nothing can follow (a tus upload at its length): such an upload has settled.
   */
  async finish(complete: boolean): Promise<Result<void, 'superseded'>> {
    await this.#end();
    // Nothing is written any more: closing takes no longer than the row.
    try {
      await this.#cutTorn(this.#extents.end);
      await this.#syncOrGiveUp();
    } catch (error) {
      await this.#close();
      throw error;
    }
    // Nothing is written any more: it is closed while the row is written, and before anybody hears of it.
    const closed = this.#close();
    const { ledger, clock, policy } = this.#intake;
    const at = clock.now();
    const size = this.size;
    const settlesAt = complete ? at : isPartialName(this.path.name) ? null : at + policy.settle;
    const moved = await ledger.moveFile({
      ref: this.ref,
      from: 'receiving',
      to: 'received',
      lease: 'release',
      changes: { size, gap: false, receivedAt: at, lastByteAt: at, settlesAt, ...this.#mtimeChange() },
      audit: fileRecord(at, actorOf(this.#session), 'file-received', this.#file(), {
        data: { size, generation: this.ref.generation, settlesAt },
      }),
    });
    await closed;
    if (moved !== 'moved') return refuse('superseded');
    reach('receive.received');
    if (settlesAt !== null) hintCheck(this.#intake, this.ref, size, settlesAt - at);
    return accept(undefined);
  }

  /**
   * The client is gone without a close: what came is kept and stays resumable. Bytes beyond a gap are cut off, so
   * that the size says where to go on.
   */
  async release(): Promise<void> {
    await this.#end();
    try {
      const { contiguous, end } = this.#extents;
      if (end > contiguous) await this.#handle.truncate(contiguous);
      else await this.#cutTorn(contiguous);
      this.#extents.truncate(contiguous);
      this.#begun.clear();
      await this.#noteDurable();
      if (this.#clientMtime !== null) await this.#intake.ledger.setClientMtime(this.ref, this.#clientMtime);
    } finally {
      await this.#handle.close();
      await this.#intake.ledger.releaseLease(this.ref.id, this.#lease.id);
    }
  }

  /** Everything that counts is on disk: what the system says of the descriptor changes nothing any more. */
  async #close(): Promise<void> {
    try {
      await this.#handle.close();
    } catch (error) {
      this.#intake.log.warn('airlock-close-failed', { file: this.ref.id, error });
    }
  }

  #silence(): Millis {
    return this.#intake.clock.monotonic() - this.#renewedAt;
  }

  /** Another writer may have taken over meanwhile; its bytes must not be mixed with ours. */
  async #renewLease(): Promise<void> {
    const { clock, ledger } = this.#intake;
    const asked = clock.monotonic();
    const lease = { file: this.ref.id, lease: this.#lease.id };
    const kept = await ledger.renewLeases([lease], clock.now() + LEASE_LIFE);
    if (kept.length === 0) this.#pastGeneration = true;
    else this.#renewedAt = asked;
  }

  #file(): { id: FileRef['id']; owner: Session['account'] } {
    return { id: this.ref.id, owner: this.#session.account };
  }

  #mtimeChange(): { clientMtime?: Instant } {
    return this.#clientMtime === null ? {} : { clientMtime: this.#clientMtime };
  }

  /** Resolves when nothing is under way any more, so that what is cut next stays cut. */
  async #end(): Promise<void> {
    if (this.#ended) throw new Error('an upload was ended twice');
    this.#ended = true;
    await Promise.allSettled(this.#underWay);
    await this.#background;
  }

  #track<T>(change: Promise<T>): Promise<T> {
    this.#underWay.add(change);
    const done = (): void => void this.#underWay.delete(change);
    change.then(done, done);
    return change;
  }

  async #prepare(position: number, end: number): Promise<Result<void, WriteRefusal>> {
    if (this.#silence() >= LEASE_DOUBT) await this.#renewLease();
    if (this.#pastGeneration) return refuse('superseded');
    if (end > this.#intake.policy.largest) return refuse('too-large');
    if (position > this.#extents.contiguous && !this.#gapNoted) await this.#noteGap();
    if (end <= UNRESERVED || end <= this.#reserved) return accept(undefined);
    return this.#reserve(end);
  }

  /** Asks for a whole step first, and for just what is needed when that does not fit any more. */
  async #reserve(end: number): Promise<Result<void, WriteRefusal>> {
    const room = await this.#intake.zones.airlock.room();
    for (const bytes of [end + STEP, end]) {
      const reserved = await this.#intake.ledger.reserve(this.ref.id, bytes, room);
      if (reserved === 'superseded') return refuse('superseded');
      if (reserved === 'reserved') {
        this.#reserved = bytes;
        return accept(undefined);
      }
    }
    return refuse('no-room');
  }

  /** After a crash the size on disk would hide the gap: the ledger has to know before the gap exists. */
  async #noteGap(): Promise<void> {
    this.#gapNoted = true;
    await this.#syncOrGiveUp();
    await this.#noteProgress(this.#extents.contiguous, true);
  }

  #noteInBackground(): void {
    this.#durable = this.#extents.contiguous;
    this.#inBackground('progress-not-noted', async () => {
      await this.#noteDurable();
    });
  }

  async #noteDurable(): Promise<void> {
    const { contiguous } = this.#extents;
    await this.#syncOrGiveUp();
    this.#durable = contiguous;
    await this.#noteProgress(contiguous, this.#hasGap());
  }

  /** Asked when the row is written, and of writes that have only begun: what is on disk behind a gap hides it. */
  #hasGap(): boolean {
    const { contiguous, end } = this.#extents;
    return end > contiguous || [...this.#begun].some(({ start }) => start > contiguous);
  }

  /** Cuts off what a write that failed may have left behind the last byte that counts. */
  async #cutTorn(end: number): Promise<void> {
    if ([...this.#begun].some((range) => range.end > end)) await this.#handle.truncate(end);
  }

  async #noteProgress(size: number, gap: boolean): Promise<void> {
    const at = this.#intake.clock.now();
    this.#gapNoted = gap;
    const noted = await this.#intake.ledger.noteProgress(this.ref, { size, gap, at });
    if (!noted) this.#pastGeneration = true;
  }

  /** One background task at a time; its failure shows in the log, and again in the next call that needs it. */
  #inBackground(failed: string, task: () => Promise<void>): void {
    if (this.#background !== null) return;
    this.#background = task()
      .catch((error: unknown) => this.#intake.log.warn(failed, { file: this.ref.id, error }))
      .finally(() => {
        this.#background = null;
      });
  }

  async #syncOrGiveUp(): Promise<void> {
    try {
      await syncOrGiveUp(this.#intake, { ...this.#file(), generation: this.ref.generation }, this.#handle);
    } catch (error) {
      this.#pastGeneration = true;
      throw error;
    }
  }
}
