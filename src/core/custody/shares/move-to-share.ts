import { reach } from '../../kit/failpoint.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import { type ArrivalPath, arrivalsDrop, type CustodyFile, type WorkingPath } from '../file.ts';
import { joinPath } from '../names.ts';
import { carryOut } from './carry-out.ts';
import { type MoveRefusal, type Mover, type MoveTarget, refusalOf } from './move-refusal.ts';
import { freeTarget } from './move-target.ts';
import { beginning, begun } from './moving-row.ts';
import { mayInShare } from './share-access.ts';

/** A move that was accepted. */
export interface MoveBegun {
  /** The file as the move has left it: shared, or on its way. */
  readonly file: CustodyFile;
  /** True when it is in the share; false when a job carries it there, and both names lead to it until then. */
  readonly done: boolean;
}

/**
 * Moves a file from its holder's Arrivals into a share. The target is reserved in the ledger before the disk is
 * touched. On one file system the move is carried out within the call; otherwise a job copies it, and gives the file
 * back to Arrivals, with a mail, when it cannot. A move that is refused leaves the file in Arrivals.
 */
export async function moveToShare(
  intake: Intake,
  mover: Mover,
  from: ArrivalPath | CustodyFile,
  to: MoveTarget,
): Promise<Result<MoveBegun, MoveRefusal>> {
  const share = await mayInShare(intake, mover.account, to.share, 'write');
  if (!share.ok) return share;
  const found = await findArrived(intake, mover, from);
  if (!found.ok) return found;
  const target = await freeTarget(intake, share.value, to);
  if (!target.ok) return target;
  const file = await begin(intake, mover, found.value, target.value);
  return file.ok ? goOn(intake, file.value, to.share) : file;
}

async function findArrived(
  intake: Intake,
  mover: Mover,
  from: ArrivalPath | CustodyFile,
): Promise<Result<CustodyFile, MoveRefusal>> {
  const drop = arrivalsDrop(mover.account);
  const file = 'id' in from ? from : await intake.ledger.arrivalAt(drop, from);
  if (file === null) {
    const path = joinPath((from as ArrivalPath).folder, (from as ArrivalPath).name);
    const folder = await intake.ledger.findPublishedFolder(drop, path);
    return refuse(folder === null ? 'not-found' : 'is-a-folder');
  }
  if (file.owner !== mover.account) return refuse('not-holder', 'only the person who holds a file moves it');
  return file.state === 'arrived' ? accept(file) : notArrived(file);
}

async function begin(
  intake: Intake,
  mover: Mover,
  file: CustodyFile,
  working: WorkingPath,
): Promise<Result<CustodyFile, MoveRefusal>> {
  const moved = await intake.ledger.moveFile(beginning(intake, mover, file, working));
  if (moved === 'name-taken') return refuse('exists', 'another file is just being moved to that name');
  if (moved === 'lost-race') return whyNotBegun(intake, file);
  reach('move.begun');
  return accept(begun(file, working));
}

/** Why the compare-and-set that begins a move said no: a hold, or somebody else was first. */
export async function whyNotBegun(intake: Intake, file: CustodyFile): Promise<Result<never, MoveRefusal>> {
  if ((await intake.ledger.holdsOn(file.id)).length > 0)
    return refuse('held-back', 'a hold covers it; nothing was changed');
  return notArrived((await intake.ledger.fileById(file.id)) ?? file);
}

function notArrived({ state }: CustodyFile): Result<never, MoveRefusal> {
  return refuse(
    'not-arrived',
    state === 'moving' ? 'it is being moved already' : 'only a file in Arrivals can be moved',
  );
}

async function goOn(
  intake: Intake,
  file: CustodyFile,
  share: string,
): Promise<Result<MoveBegun, MoveRefusal>> {
  const end = (await intake.zones.shares.canLink(share)) ? await tryNow(intake, file) : 'elsewhere';
  if (typeof end === 'object') return refusalOf(end.fault);
  const now = (await intake.ledger.fileById(file.id)) ?? file;
  const done = now.state === 'shared';
  if (!done) intake.hints.hint({ job: 'move-file', ref: file });
  return accept({ file: now, done });
}

/** What goes wrong here is tried again by the job: the row says that it is to be moved. */
async function tryNow(intake: Intake, file: CustodyFile): ReturnType<typeof carryOut> {
  return carryOut(intake, file, { tell: false }).catch((error: unknown) => {
    intake.log.error('move-not-finished', { file: file.id, error });
    return 'elsewhere' as const;
  });
}
