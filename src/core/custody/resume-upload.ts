import type { Session } from '../accounts/sign-in.ts';
import { reach } from '../kit/failpoint.ts';
import type { FileId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { fileRecord, systemActor } from './actors.ts';
import type { Intake } from './custody.ts';
import { arrivalsDrop, type CustodyFile, isSettled } from './file.ts';
import { type DropRefusal, mayDrop } from './may-drop.ts';
import { type OpenRefusal, reopen } from './open-upload.ts';
import { syncOrGiveUp } from './sync-or-give-up.ts';
import type { UploadWriter } from './upload-writer.ts';

/** Why an upload is not shown. An unknown id and somebody else's are the same answer. */
export type FindRefusal = DropRefusal | 'not-found';

/** Why an upload cannot be gone on with. Nothing was changed. */
export type ResumeRefusal = FindRefusal | OpenRefusal;

/** The upload of an id, if it is the session's own: whatever became of it, long after its bytes have moved on. */
export async function findUpload(
  intake: Intake,
  session: Session,
  id: FileId,
): Promise<Result<CustodyFile, FindRefusal>> {
  const found = await intake.ledger.fileById(id);
  const file = found?.owner === session.account ? found : null;
  const allowed = await mayDrop(intake, session, file ?? arrivalsDrop(session.account));
  if (!allowed.ok) return allowed;
  return file === null ? refuse('not-found') : accept(file);
}

const RACES = 5;

/**
 * Goes on with an unsettled upload that a client knows by its id, and takes its lease. `settled` when nothing can
 * follow any more, `being-written` while another writer is alive.
 */
export async function resumeUpload(
  intake: Intake,
  session: Session,
  id: FileId,
): Promise<Result<UploadWriter, ResumeRefusal>> {
  for (let race = 0; race < RACES; race++) {
    const found = await findUpload(intake, session, id);
    if (!found.ok) return found;
    const file = found.value;
    if (isSettled(file, intake.clock.now())) return refuse('settled');
    const { path, door, declaredSize } = file;
    const reopened = await reopen(
      intake,
      session,
      { drop: file, path, mode: 'reopen', door, declaredSize },
      file,
    );
    if (reopened !== 'lost-race') return reopened;
  }
  return refuse('being-written');
}

/**
 * Finishes an upload that has all the bytes it announced and no writer: its process ended between the last byte and
 * the row. `received` once bytes, directory entry and row are durable (invariant 1). True when the upload was
 * finished here; false when there is nothing to finish, or somebody else is at it.
 */
export async function finishIfComplete(intake: Intake, file: CustodyFile): Promise<boolean> {
  const { ledger, zones, clock, hints } = intake;
  if (file.state !== 'receiving' || file.gap || file.declaredSize === null) return false;
  if ((await zones.airlock.sizeOf(file.id)) !== file.declaredSize) return false;
  if ((await ledger.liveLease(file.id, clock.now())) !== null) return false;
  await syncAll(intake, file);
  const at = clock.now();
  const { declaredSize: size, generation } = file;
  const moved = await ledger.moveFile({
    ref: file,
    from: 'receiving',
    to: 'received',
    lease: 'release',
    changes: { size, gap: false, receivedAt: at, settlesAt: at },
    audit: fileRecord(at, systemActor('intake'), 'file-received', file, {
      data: { size, generation, settlesAt: at },
    }),
  });
  if (moved !== 'moved') return false;
  reach('receive.received');
  hints.hint({ job: 'inspect-file', ref: file });
  return true;
}

const PAGE = 200;

/**
 * Finishes every upload that a crash left between its last byte and its row: at start, after leases were ended and
 * before doors open. One that cannot be finished is logged and left as it is. Returns how many were finished.
 */
export async function finishCompleteUploads(intake: Intake): Promise<number> {
  let finished = 0;
  let before: FileId | null = null;
  for (;;) {
    const page: readonly CustodyFile[] = await intake.ledger.listFiles({
      states: ['receiving'],
      limit: PAGE,
      ...(before !== null && { before }),
    });
    for (const file of page) if (await finishOrLog(intake, file)) finished++;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return finished;
    before = last.id;
  }
}

async function finishOrLog(intake: Intake, file: CustodyFile): Promise<boolean> {
  try {
    return await finishIfComplete(intake, file);
  } catch (error) {
    intake.log.error('upload-not-finished', { file: file.id, error });
    return false;
  }
}

async function syncAll(intake: Intake, file: CustodyFile): Promise<void> {
  const handle = await intake.zones.airlock.open(file.id);
  try {
    await syncOrGiveUp(intake, file, handle);
  } finally {
    await handle.close();
  }
}
