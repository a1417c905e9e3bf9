import type { Session } from '../accounts/sign-in.ts';
import { reach } from '../kit/failpoint.ts';
import { type FileId, newId } from '../kit/ids.ts';
import { accept, type Refused, type Result, refuse } from '../kit/result.ts';
import { actorOf, fileRecord } from './actors.ts';
import { canBeContinued, continueUpload } from './continue-upload.ts';
import type { Intake } from './custody.ts';
import { type ArrivalPath, type CustodyFile, type Drop, type IntakeDoor, isSettled } from './file.ts';
import { type DropRefusal, mayDrop } from './may-drop.ts';
import { joinPath } from './names.ts';
import type { Lease } from './ports.ts';
import { keptAside } from './retention/kept-aside.ts';
import { SmallUpload } from './small-upload.ts';
import type { Upload } from './upload.ts';
import { LEASE_LIFE, UploadWriter } from './upload-writer.ts';

/**
 * What opening a path for writing means.
 * - `fresh`: a new file; an unsettled one of the name is superseded (SFTP with TRUNC).
 * - `reopen`: goes on with the unsettled file of the name, which has to exist.
 * - `resume`: the same; where it has settled, goes on with a new file that begins with its bytes (`continue-upload.ts`).
 * - `resume-or-create`: the same, or a new file when the name is free.
 * - `exclusive`: a new file, only when the name is free (SFTP with EXCL).
 */
export type OpenMode = 'fresh' | 'reopen' | 'resume' | 'resume-or-create' | 'exclusive';

/** A path to be opened for writing by the person of a session. */
export interface OpenRequest {
  readonly drop: Drop;
  readonly path: ArrivalPath;
  readonly mode: OpenMode;
  readonly door: IntakeDoor;
  /** The size that was announced, in bytes; its room is reserved before anything is written. */
  readonly declaredSize: number | null;
  /** The id that a new file gets; a new one when it is left out. */
  readonly id?: FileId;
  /** Aborted when nobody waits for the upload any more: a copy that waits for its turn is not begun. */
  readonly gone?: AbortSignal;
}

/** Why a path cannot be opened for writing. Nothing was changed. */
export type OpenRefusal =
  | DropRefusal
  | 'folder-missing'
  | 'is-a-folder'
  | 'not-found'
  | 'exists'
  | 'settled'
  | 'being-written'
  | 'too-large'
  | 'no-room'
  | 'superseded'
  | 'gone-on';

const RACES = 5;

/**
 * Opens a path of a drop for writing, and takes the upload's lease. The row is durable before the
 * airlock has the file. A name whose newest file has settled is never reopened: a new file is made beside it,
 * and both arrive (invariant 5), unless the new one is the old one gone on with. So it is with a name that differs from
 * another's in case alone.
 */
export async function openUpload(
  intake: Intake,
  session: Session,
  request: OpenRequest,
): Promise<Result<UploadWriter, OpenRefusal>> {
  const allowed = await mayDrop(intake, session, request.drop);
  return allowed.ok ? beginUpload(intake, session, request) : allowed;
}

/** The same for who was allowed to open it: what came is kept, also when the person may do nothing more by now. */
export async function beginUpload(
  intake: Intake,
  session: Session,
  request: OpenRequest,
): Promise<Result<UploadWriter, OpenRefusal>> {
  if ((request.declaredSize ?? 0) > intake.policy.largest) return refuse('too-large');
  for (let race = 0; race < RACES; race++) {
    const path = await findPlace(intake, request.drop, request.path);
    if (!path.ok) return path;
    const opened = await tryOpen(intake, session, { ...request, path: path.value });
    if (opened !== 'lost-race') return opened;
  }
  return refuse('being-written');
}

/**
 * Opens as `openUpload` does, for a door whose clients send many small files: an upload to a free name is opened and not begun, so that
 * it can be received by one row when it comes whole. `appear` begins it.
 */
export async function openLightly(
  intake: Intake,
  session: Session,
  request: OpenRequest,
): Promise<Result<Upload, OpenRefusal>> {
  const isNew = request.mode === 'fresh' || request.mode === 'exclusive';
  if (!isNew || request.declaredSize !== null) return openUpload(intake, session, request);
  const allowed = await mayDrop(intake, session, request.drop);
  if (!allowed.ok) return allowed;
  const path = await findPlace(intake, request.drop, request.path);
  if (!path.ok) return path;
  const newest = await intake.ledger.newestAt(request.drop, path.value);
  if (newest !== null && request.mode === 'exclusive') return refuse('exists');
  if (newest !== null && !isSettled(newest, intake.clock.now())) return openUpload(intake, session, request);
  return accept(new SmallUpload(intake, session, { ...request, path: path.value }, newest?.id ?? null));
}

/** The path in the spelling of its folder. */
async function findPlace(
  intake: Intake,
  drop: Drop,
  { folder, name }: ArrivalPath,
): Promise<Result<ArrivalPath, 'folder-missing' | 'is-a-folder'>> {
  const found = await intake.ledger.findFolder(drop, folder);
  if (found === null) return refuse('folder-missing');
  if ((await intake.ledger.findFolder(drop, joinPath(found.path, name))) !== null) {
    return refuse('is-a-folder');
  }
  return accept({ folder: found.path, name });
}

type Attempted = Result<UploadWriter, OpenRefusal> | 'lost-race';

async function tryOpen(intake: Intake, session: Session, request: OpenRequest): Promise<Attempted> {
  const newest = await intake.ledger.newestAt(request.drop, request.path);
  const { mode } = request;
  if (newest !== null && mode === 'exclusive') return refuse('exists');
  if (newest !== null && newest.path.name !== request.path.name)
    return openBeside(intake, session, request, newest);
  if (newest !== null && !isSettled(newest, intake.clock.now())) {
    return mode === 'fresh'
      ? create(intake, session, request, { superseded: newest })
      : reopen(intake, session, request, newest);
  }
  if (newest === null && (mode === 'resume' || mode === 'reopen')) return refuse('not-found');
  if (newest === null || mode === 'fresh') return create(intake, session, request, {});
  if (mode === 'reopen' || newest.leavesBy !== null) return refuse('settled');
  if (!canBeContinued(newest) || request.gone?.aborted === true) return refuse('gone-on');
  return create(intake, session, request, { continued: newest });
}

/**
 * Opens a name beside one that differs in case alone, or in how an accent is written: that is another file of theirs,
 * which is neither superseded nor gone on with. Two of them cannot come at the same time.
 */
async function openBeside(
  intake: Intake,
  session: Session,
  request: OpenRequest,
  twin: CustodyFile,
): Promise<Attempted> {
  if (request.mode === 'resume' || request.mode === 'reopen') return refuse('not-found');
  if (twin.state === 'receiving')
    return refuse('exists', `an upload named "${twin.path.name}" is not finished`);
  return create(intake, session, request, {});
}

/** The file of the name that a new one takes the place of at once, or that it goes on from. */
interface Earlier {
  readonly superseded?: CustodyFile;
  readonly continued?: CustodyFile;
}

function newLease(now: number): Lease {
  return { id: newId('leas', now), until: now + LEASE_LIFE };
}

async function isBeingWritten(intake: Intake, file: CustodyFile): Promise<boolean> {
  return (await intake.ledger.liveLease(file.id, intake.clock.now())) !== null;
}

async function create(
  intake: Intake,
  session: Session,
  request: OpenRequest,
  { superseded, continued }: Earlier,
): Promise<Attempted> {
  const { ledger, zones } = intake;
  if (superseded !== undefined && (await isBeingWritten(intake, superseded))) return refuse('being-written');
  const at = intake.clock.now();
  const id = request.id ?? newId('file', at);
  const { drop, path, door, declaredSize } = request;
  const lease = newLease(at);
  const { owner, leavesBy } = drop;
  const actor = actorOf(session);
  const continues = continued === undefined ? {} : { continues: continued.id };
  const replaced =
    superseded === undefined
      ? null
      : {
          ref: superseded,
          changes: { reason: 'superseded' as const, ...keptAside(intake.policy, 'abandoned', at) },
          audit: fileRecord(at, actor, 'upload-superseded', superseded, { data: { by: id } }),
        };
  const started = await ledger.startUpload(
    { id, owner, leavesBy, door, path, declaredSize, at, lease, ...continues },
    replaced,
    fileRecord(
      at,
      actor,
      'upload-started',
      { id, owner },
      { data: { door, declaredSize, leavesBy, ...continues }, path },
    ),
  );
  if (started !== 'moved') return 'lost-race';
  const ref = { id, generation: 1 };
  if (continued !== undefined) {
    const begun = { ref, drop, path, lease };
    return continueUpload(intake, session, begun, { settled: continued, gone: request.gone });
  }
  reach('receive.row-created');
  const reserved = await reserveDeclared(intake, ref.id, declaredSize);
  if (!reserved) return giveUp(intake, session, ref);
  const handle = await zones.airlock.begin(id);
  reach('receive.airlock-created');
  return accept(new UploadWriter(intake, session, { ref, drop, path, lease, size: 0, handle }));
}

async function reserveDeclared(
  intake: Intake,
  file: CustodyFile['id'],
  size: number | null,
): Promise<boolean> {
  if (size === null) return true;
  const room = await intake.zones.airlock.room();
  return (await intake.ledger.reserve(file, size, room)) === 'reserved';
}

/** Takes back an upload that was begun but has no room. */
async function giveUp(
  intake: Intake,
  session: Session,
  ref: { readonly id: CustodyFile['id']; readonly generation: number },
): Promise<Refused<'no-room'>> {
  const at = intake.clock.now();
  const owner = { id: ref.id, owner: session.account };
  await intake.ledger.moveFile({
    ref,
    from: 'receiving',
    to: 'removed',
    lease: 'release',
    changes: { zone: 'gone', reason: 'no-room' },
    audit: fileRecord(at, actorOf(session), 'upload-removed', owner, { data: { reason: 'no-room' } }),
  });
  return refuse('no-room');
}

/** Takes the lease of an unsettled file as its next generation, and opens its bytes. `lost-race`: look again. */
export async function reopen(
  intake: Intake,
  session: Session,
  request: OpenRequest,
  file: CustodyFile,
): Promise<Attempted> {
  if (await isBeingWritten(intake, file)) return refuse('being-written');
  const { state } = file;
  if (state !== 'receiving' && state !== 'received' && state !== 'inspecting') return 'lost-race';
  const at = intake.clock.now();
  const lease = newLease(at);
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: state,
    to: 'receiving',
    nextGeneration: true,
    lease,
    ...(state !== 'receiving' && { unsettledAt: at }),
    changes: { receivedAt: null, settlesAt: null, inspectedAt: null, sha256: null, contentType: null },
    audit: fileRecord(at, actorOf(session), 'upload-reopened', file, {
      data: { from: state, size: file.size },
    }),
  });
  if (moved !== 'moved') return 'lost-race';
  // A crash may have come between the row and the airlock's file.
  const handle = await intake.zones.airlock.begin(file.id);
  if (file.gap) await handle.truncate(file.size);
  const size = await handle.size();
  const ref = { id: file.id, generation: file.generation + 1 };
  const { drop, path } = request;
  return accept(new UploadWriter(intake, session, { ref, drop, path, lease, size, handle }));
}
