import type { Session } from '../accounts/sign-in.ts';
import { reach } from '../kit/failpoint.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { fileRecord, systemActor } from './actors.ts';
import type { Intake } from './custody.ts';
import type { CustodyFile } from './file.ts';
import { publishedPlace } from './published.ts';
import { copyTurnsOf } from './turns.ts';
import { type OpenedUpload, UploadWriter, type WriteRefusal } from './upload-writer.ts';
import type { BytesPlace } from './zone-ports.ts';

/** An upload whose row is there, and whose bytes are not. */
type Begun = Pick<OpenedUpload, 'ref' | 'drop' | 'path' | 'lease'>;

/** What an upload goes on from. */
interface Beginning {
  readonly settled: CustodyFile;
  /** Aborted when nobody waits for it any more. */
  readonly gone: AbortSignal | undefined;
}

/** Why an upload has not got the bytes that it was to begin with. */
type FillRefusal = WriteRefusal | 'gone-on';

/** Whether a settled file that came in can still be gone on from: its bytes are the daemon's own, and not locked away. */
export function canBeContinued({ state, zone, door }: CustodyFile): boolean {
  if (door === 'drives') return false;
  if (state === 'arrived') return true;
  return zone === 'airlock' && ['received', 'inspecting', 'admitting', 'held'].includes(state);
}

/**
 * Gives an upload that has just begun the bytes of the settled file that it goes on from: by sharing blocks where the
 * disk can, otherwise by a copy, a few at a time, under the upload's own reservation and lease. Resolves when they are
 * durable and the ledger says so. Where they are not to be had, or there is no room for them, the upload is taken back;
 * the settled file is never touched. A copy that waits for its turn is not begun once its client is gone: that rejects.
 */
export async function continueUpload(
  intake: Intake,
  session: Session,
  begun: Begun,
  beginning: Beginning,
): Promise<Result<UploadWriter, FillRefusal>> {
  reach('continue.row-created');
  const filled = await fill(intake, session, begun, beginning).catch(async (error: unknown) => {
    await undoContinuation(intake, begun.ref);
    throw error;
  });
  if (!filled.ok) await undoContinuation(intake, begun.ref);
  return filled;
}

/** Takes back a continuation that has not got the bytes that it was to begin with: the name shows the settled file again. */
async function undoContinuation(intake: Intake, ref: Begun['ref']): Promise<void> {
  const { ledger, clock, hints } = intake;
  const file = await ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation) return;
  const moved = await ledger.moveFile({
    ref,
    from: 'receiving',
    to: 'removed',
    nextGeneration: true,
    lease: 'release',
    changes: { reason: 'not-continued' },
    audit: fileRecord(clock.now(), systemActor('intake'), 'continuation-undone', file, {
      data: { continues: file.continues },
    }),
  });
  if (moved === 'moved')
    hints.hint({ job: 'clear-airlock', ref: { id: ref.id, generation: ref.generation + 1 } });
}

/**
 * Takes back a continuation that a crash stopped before it had the bytes that it was to begin with. False for any other
 * upload, which can be resumed.
 */
export async function undoIfHalfContinued(intake: Intake, file: CustodyFile): Promise<boolean> {
  // Whoever opened it again had all of it.
  if (file.continues === null || file.generation > 1) return false;
  const settled = await intake.ledger.fileById(file.continues);
  if (settled === null || file.size >= settled.size) return false;
  await undoContinuation(intake, file);
  return true;
}

async function fill(
  intake: Intake,
  session: Session,
  begun: Begun,
  { settled, gone }: Beginning,
): Promise<Result<UploadWriter, FillRefusal>> {
  const { airlock } = intake.zones;
  const place = await placeOf(intake, settled.id);
  if (place === null) return refuse('gone-on');
  const isShared = await airlock.clone(begun.ref.id, place);
  const handle = await airlock.begin(begun.ref.id);
  const writer = new UploadWriter(intake, session, { ...begun, size: isShared ? settled.size : 0, handle });
  try {
    const copied = isShared
      ? accept(undefined)
      : await copyInTurn(intake, session, writer, { settled, gone });
    if (copied.ok && writer.size === settled.size && (await handle.size()) === settled.size) {
      reach('continue.copied');
      await writer.note();
      reach('continue.recorded');
      return accept(writer);
    }
    await writer.release();
    return copied.ok ? refuse('gone-on') : copied;
  } catch (error) {
    await writer.release();
    throw error;
  }
}

/** Where the bytes are now; null when they are not what was received any more. */
async function placeOf(intake: Intake, id: CustodyFile['id']): Promise<BytesPlace | null> {
  const file = await intake.ledger.fileById(id);
  if (file === null || !canBeContinued(file)) return null;
  if (file.state !== 'arrived' || file.arrival === null) return { zone: 'airlock', file: id };
  const { zone, name } = await publishedPlace(intake, file, file.arrival);
  const isOurs = file.inode === null || (await zone.markOf(name)) === file.inode;
  return isOurs ? { zone: 'arrivals', name } : null;
}

async function copyInTurn(
  intake: Intake,
  session: Session,
  writer: UploadWriter,
  { settled, gone }: Beginning,
): Promise<Result<void, FillRefusal>> {
  // A copy that would not fit is not begun.
  const room = await intake.zones.airlock.room();
  const reserved = await intake.ledger.reserve(writer.ref.id, settled.size, room);
  if (reserved !== 'reserved') return refuse(reserved);
  const signal = gone ?? new AbortController().signal;
  // A copy under way goes on when its client is gone: some come back after some seconds, and find it whole.
  return copyTurnsOf(intake.ledger).take(session.account, signal, async () => {
    const copied = await copy(intake, writer, settled.id);
    // It may just have gone from the airlock to Arrivals.
    return copied === 'not-there' ? orGone(await copy(intake, writer, settled.id)) : copied;
  });
}

async function copy(
  intake: Intake,
  writer: UploadWriter,
  from: CustodyFile['id'],
): Promise<Result<void, FillRefusal> | 'not-there'> {
  const { airlock, arrivals } = intake.zones;
  const place = await placeOf(intake, from);
  if (place === null) return refuse('gone-on');
  const pieces = place.zone === 'airlock' ? airlock.read(place.file) : arrivals.read(place.name);
  let position = 0;
  try {
    for await (const piece of pieces) {
      const written = await writer.write([piece], position);
      if (!written.ok) return written;
      position += piece.length;
    }
    return accept(undefined);
  } catch (error) {
    if (position === 0 && isMissing(error)) return 'not-there';
    throw error;
  }
}

function orGone(copied: Result<void, FillRefusal> | 'not-there'): Result<void, FillRefusal> {
  return copied === 'not-there' ? refuse('gone-on') : copied;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
