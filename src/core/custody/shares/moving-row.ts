import { reach } from '../../kit/failpoint.ts';
import { newId } from '../../kit/ids.ts';
import { fileRecord, systemActor } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile, MovingFault, WorkingPath } from '../file.ts';
import { hintNotices, type NewNotice } from '../notice.ts';
import type { FileMove } from '../ports.ts';
import type { Mover } from './move-refusal.ts';

const ACTOR = systemActor('move-file');

/** The move of a row by which a move begins: its target is reserved. A new generation, so that an older try is void. */
export function beginning(intake: Intake, mover: Mover, file: CustodyFile, working: WorkingPath): FileMove {
  return {
    ref: file,
    from: 'arrived',
    to: 'moving',
    nextGeneration: true,
    unlessHeld: true,
    changes: { working, carried: null, reason: null },
    audit: fileRecord(intake.clock.now(), mover.actor, 'move-begun', file, {
      data: { share: working.share, sha256: file.sha256 },
      path: working,
    }),
  };
}

/** The file as it is once its move has begun. */
export function begun(file: CustodyFile, working: WorkingPath): CustodyFile {
  return { ...file, state: 'moving', generation: file.generation + 1, working, carried: null, reason: null };
}

/** How a move is given up. */
export interface GivingUp {
  /** Null: nothing is wrong with this file, but with another one of its folder. */
  readonly fault: MovingFault | null;
  /** Tells the holder by mail; false when whoever asked is answered at once. */
  readonly tell: boolean;
}

/** Gives a move up: the file is in Arrivals as before. A new generation, so that a slower run of the move is void. */
export function returning(intake: Intake, file: CustodyFile, { fault, tell }: GivingUp): FileMove {
  const at = intake.clock.now();
  const notices = tell ? [noticeOf(file, at)] : [];
  return {
    ref: file,
    from: 'moving',
    to: 'arrived',
    nextGeneration: true,
    changes: { working: null, carried: null, reason: fault },
    notices,
    audit: fileRecord(at, ACTOR, 'move-returned', file, { data: { reason: fault } }),
  };
}

/** Returns a file to Arrivals whose bytes have not left it. False when somebody else has moved it on. */
export async function giveBack(intake: Intake, file: CustodyFile, how: GivingUp): Promise<boolean> {
  // Another run may have carried the bytes since: then they are found nowhere but in the share.
  const now = await intake.ledger.fileById(file.id);
  if (now === null || now.generation !== file.generation || now.zone === 'carried') return false;
  const move = returning(intake, file, how);
  if ((await intake.ledger.moveFile(move)) !== 'moved') return false;
  intake.log.warn('move-returned', { file: file.id, reason: how.fault });
  hintNotices(intake, move.notices ?? []);
  return true;
}

/** Notes that the bytes have their name in the share. False when this run of the move is void. */
export async function recordCarried(intake: Intake, file: CustodyFile): Promise<boolean> {
  const data = { share: file.working?.share ?? null, size: file.size };
  const audit = fileRecord(intake.clock.now(), ACTOR, 'bytes-carried', file, { data });
  const recorded = await intake.ledger.moveBytes(file, 'arrivals', 'carried', audit);
  if (recorded) reach('move.carried');
  return recorded || (await isCarried(intake, file));
}

/**
 * The end of a move: the file is a working file, and in our custody no more. `stamp` is what its inode is like, as long
 * as nobody could have changed it; null when that is not known. False when another run was first.
 */
export async function recordShared(
  intake: Intake,
  file: CustodyFile,
  stamp: string | null,
): Promise<boolean> {
  const { working, sha256, size } = file;
  if (working === null) throw new Error(`file ${file.id} is moved nowhere`);
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: 'moving',
    to: 'shared',
    changes: { zone: 'share', carried: null, stamp },
    audit: fileRecord(intake.clock.now(), ACTOR, 'file-shared', file, {
      data: { share: working.share, sha256, size },
      path: working,
    }),
  });
  if (moved === 'moved') reach('move.recorded');
  return moved === 'moved';
}

async function isCarried(intake: Intake, { id, generation }: CustodyFile): Promise<boolean> {
  const now = await intake.ledger.fileById(id);
  return now?.generation === generation && now.state === 'moving' && now.zone === 'carried';
}

function noticeOf(file: CustodyFile, at: number): NewNotice {
  return { id: newId('noti', at), kind: 'move-returned', account: file.owner, file: file.id, at };
}
