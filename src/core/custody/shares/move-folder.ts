import { reach } from '../../kit/failpoint.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Share } from '../../projects/project.ts';
import type { Intake } from '../custody.ts';
import { arrivalsDrop, type CustodyFile } from '../file.ts';
import { type FolderPath, TOP } from '../names.ts';
import { foldersOf, type Leaving, movableFiles, nameOf, planTree } from './arrivals-tree.ts';
import { carryOut } from './carry-out.ts';
import type { MoveRefusal, Mover, MoveTarget } from './move-refusal.ts';
import { freeTarget } from './move-target.ts';
import { whyNotBegun } from './move-to-share.ts';
import { beginning, begun, returning } from './moving-row.ts';
import { mayInShare } from './share-access.ts';
import { forgetFolders, noteFolders } from './unbegun-folders.ts';

/** A move of a folder that was accepted. */
export interface FolderMoveBegun {
  readonly files: number;
  /** True when all of them are in the share; false when jobs carry them there. */
  readonly done: boolean;
}

/** So many moves are begun in one transaction. */
const BATCH = 500;

/** Files that are carried side by side: their commits and fsyncs wait together. */
const TOGETHER = 8;

/** More files than these are carried by jobs, so that the person is not kept waiting. */
const MOST_AT_ONCE = 100;

/**
 * Moves a folder of a person's Arrivals with everything in it to a new folder of a share. Either all of its files
 * begin to move or none does: one that has not arrived, or that a hold covers, is named in the refusal. Up to 100
 * files on one file system are there when it resolves; more, or another file system, are carried by jobs. A file that
 * cannot be carried after all is given back to Arrivals with a mail, and the others go on.
 */
export async function moveFolderToShare(
  intake: Intake,
  mover: Mover,
  folder: FolderPath,
  to: MoveTarget,
): Promise<Result<FolderMoveBegun, MoveRefusal>> {
  const share = await mayInShare(intake, mover.account, to.share, 'write');
  if (!share.ok) return share;
  const plan = await planMove(intake, mover, folder, share.value, to);
  if (!plan.ok) return plan;
  const moving = await beginInFolders(intake, mover, to, plan.value);
  if (!moving.ok) return moving;
  reach('move.begun');
  return accept({ files: moving.value.length, done: await carryAll(intake, moving.value, to.share) });
}

/** Makes the folders, then begins all moves; a crash between is noted, and the next start takes the folders away. */
async function beginInFolders(
  intake: Intake,
  mover: Mover,
  to: MoveTarget,
  plan: readonly Leaving[],
): Promise<Result<readonly CustodyFile[], MoveRefusal>> {
  const folders = [...(to.makeFolders === true ? above(to.path) : []), ...foldersOf(plan, to.path)];
  const mark = await noteFolders(intake, to.share, folders);
  const made = await makeFolders(intake, to, folders);
  const moving = made.ok ? await beginAll(intake, mover, plan) : made;
  if (made.ok && !moving.ok) await removeFolders(intake, to.share, made.value);
  await forgetFolders(intake, mark);
  return moving;
}

async function planMove(
  intake: Intake,
  mover: Mover,
  folder: FolderPath,
  share: Share,
  to: MoveTarget,
): Promise<Result<readonly Leaving[], MoveRefusal>> {
  if (folder === TOP) return refuse('is-the-top', 'Arrivals itself stays; move what is in it');
  const found = await intake.ledger.findPublishedFolder(arrivalsDrop(mover.account), folder);
  if (found === null) return refuse('not-found');
  const target = await freeTarget(intake, share, to);
  if (!target.ok) return target;
  const files = await movableFiles(intake, mover, folder);
  return files.ok ? planTree(files.value, folder, { share: share.id, path: to.path }) : files;
}

/** Making the first folder reserves its name on disk: of two moves to one name, one is refused. */
async function makeFolders(
  intake: Intake,
  to: MoveTarget,
  folders: readonly FolderPath[],
): Promise<Result<readonly FolderPath[], MoveRefusal>> {
  const made: FolderPath[] = [];
  for (const path of folders) {
    const one = await intake.zones.shares.makeFolder({ share: to.share, path });
    if (one.ok) made.push(path);
    else if (one.refusal !== 'exists' || path === to.path) {
      await removeFolders(intake, to.share, made);
      return refuse(one.refusal === 'exists' ? 'exists' : 'folder-missing', one.detail);
    }
  }
  return accept(made);
}

function above(path: FolderPath): readonly FolderPath[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join('/') as FolderPath);
}

async function removeFolders(intake: Intake, share: string, folders: readonly FolderPath[]): Promise<void> {
  for (const path of folders.toReversed()) await intake.zones.shares.removeFolder({ share, path });
}

async function beginAll(
  intake: Intake,
  mover: Mover,
  plan: readonly Leaving[],
): Promise<Result<readonly CustodyFile[], MoveRefusal>> {
  const moving: CustodyFile[] = [];
  for (let from = 0; from < plan.length; from += BATCH) {
    const batch = plan.slice(from, from + BATCH);
    const moved = await intake.ledger.moveFiles(
      batch.map(({ file, working }) => beginning(intake, mover, file, working)),
    );
    if (moved !== 'moved') {
      await takeBack(intake, moving);
      return moved === 'name-taken' ? refuse('exists') : whichNotBegun(intake, batch);
    }
    moving.push(...batch.map(({ file, working }) => begun(file, working)));
  }
  return accept(moving);
}

/** What had begun before another was refused; a job that was faster has moved its file, and it stays moved. */
async function takeBack(intake: Intake, moving: readonly CustodyFile[]): Promise<void> {
  const how = { fault: null, tell: false };
  for (const file of moving) await intake.ledger.moveFile(returning(intake, file, how));
}

async function whichNotBegun(intake: Intake, batch: readonly Leaving[]): Promise<Result<never, MoveRefusal>> {
  for (const { file } of batch) {
    const now = await intake.ledger.fileById(file.id);
    const holds = await intake.ledger.holdsOn(file.id);
    if (holds.length === 0 && now?.state === 'arrived' && now.generation === file.generation) continue;
    const why = await whyNotBegun(intake, file);
    return why.ok ? why : refuse(why.refusal, `${nameOf(file)}: ${why.detail ?? ''}; nothing was moved`);
  }
  return refuse('not-arrived', 'a file in it has just changed; nothing was moved, try again');
}

async function carryAll(intake: Intake, files: readonly CustodyFile[], share: string): Promise<boolean> {
  const now = files.length <= MOST_AT_ONCE && (await intake.zones.shares.canLink(share));
  let done = now;
  for (let from = 0; from < files.length; from += TOGETHER) {
    const some = files.slice(from, from + TOGETHER);
    const there = await Promise.all(some.map(async (file) => now && tryNow(intake, file)));
    for (const [i, file] of some.entries()) {
      if (there[i] !== true) intake.hints.hint({ job: 'move-file', ref: file });
    }
    done &&= there.every(Boolean);
  }
  return done;
}

async function tryNow(intake: Intake, file: CustodyFile): Promise<boolean> {
  try {
    return (await carryOut(intake, file, { tell: true })) === 'shared';
  } catch (error) {
    intake.log.error('move-not-finished', { file: file.id, error });
    return false;
  }
}
