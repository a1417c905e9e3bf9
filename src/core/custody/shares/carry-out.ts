import { fileRecord, systemActor } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile, MovingFault } from '../file.ts';
import { waitWhileFrozen } from '../freezes/frozen-work.ts';
import { joinPath } from '../names.ts';
import { publishedPlace } from '../published.ts';
import { noteProgress } from './move-progress.ts';
import { giveBack, recordCarried, recordShared } from './moving-row.ts';
import type { Carriage } from './ports.ts';

/** How carrying out a move ended: `elsewhere` when another run of it was first, or this one is void. */
export type CarriedOut = 'shared' | 'elsewhere' | { readonly fault: MovingFault };

/** Disk errors that trying again does not cure while nobody does anything about them. */
const LASTING: Readonly<Record<string, MovingFault>> = {
  ENOSPC: 'share-full',
  EDQUOT: 'share-full',
  EROFS: 'share-unwritable',
  EACCES: 'share-unwritable',
  EPERM: 'share-unwritable',
  ENAMETOOLONG: 'share-unwritable',
};

/**
 * Carries out a move that has begun: the bytes get their name in the share, the ledger notes it, the name in Arrivals
 * goes (invariant 4), and the file is shared. What the share declines for good gives the file back to Arrivals. Other
 * errors of the disk are thrown: trying again goes on where it was. Safe to run twice, also at once, and after a
 * crash at any line.
 */
export async function carryOut(
  intake: Intake,
  file: CustodyFile,
  how: { readonly tell: boolean },
): Promise<CarriedOut> {
  const carriage = await carriageOf(intake, file);
  if (file.zone !== 'carried') {
    const fault = await carry(intake, file, carriage);
    // It may have been a copy of minutes. The name in Arrivals stays, and a job finds the copy there.
    if ((await waitWhileFrozen(intake, file)) !== null) return 'elsewhere';
    if (fault !== null) return (await giveBack(intake, file, { fault, ...how })) ? { fault } : 'elsewhere';
    if (!(await recordCarried(intake, file))) return 'elsewhere';
  }
  await intake.zones.shares.finishCarrying(carriage);
  return (await recordShared(intake, file, await stampOf(intake, carriage))) ? 'shared' : 'elsewhere';
}

async function carry(intake: Intake, file: CustodyFile, carriage: Carriage): Promise<MovingFault | null> {
  if (file.zone === 'airlock' && !(await leaveAirlock(intake, file, carriage))) return 'bytes-missing';
  const progress = noteProgress(intake, file);
  try {
    const outcome = await intake.zones.shares.carry(carriage, progress.onCopied);
    if (outcome === 'carried') return null;
    if (outcome !== 'name-occupied') intake.log.error('arrival-differs', { file: file.id, outcome });
    return outcome;
  } catch (error) {
    const fault = LASTING[codeOf(error)];
    // With a name in the share it is not given back: the next try finds it there.
    if (fault === undefined || (await hasName(intake, carriage))) throw error;
    intake.log.error('move-declined', { file: file.id, share: carriage.share, error });
    return fault;
  } finally {
    await progress.settled();
  }
}

/** What the inode is like at the end of the move, while its bytes are known to be right: scrubbing compares with it. */
async function stampOf({ zones }: Intake, { share, to, size }: Carriage): Promise<string | null> {
  const found = await zones.drives.look({ kind: 'share', share }, to);
  return found?.size === size ? found.stamp : null;
}

async function hasName({ zones }: Intake, { share, to }: Carriage): Promise<boolean> {
  return (await zones.shares.look({ share, path: joinPath(to.folder, to.name) })) !== null;
}

/** A file that was moved the moment it arrived still has its name in the airlock. */
async function leaveAirlock(intake: Intake, file: CustodyFile, { from, size }: Carriage): Promise<boolean> {
  const { ledger, zones, clock } = intake;
  if ((await zones.arrivals.sizeOf(from)) !== size) return false;
  await zones.airlock.unlink(file.id);
  const data = { to: 'arrivals' };
  const audit = fileRecord(clock.now(), systemActor('move-file'), 'airlock-cleared', file, { data });
  // False when the job that clears the airlock was first.
  await ledger.moveBytes(file, 'airlock', 'arrivals', audit);
  return true;
}

async function carriageOf(intake: Intake, file: CustodyFile): Promise<Carriage> {
  const { id, arrival, working, size, sha256 } = file;
  const share = working === null ? null : await intake.ledger.shareById(working.share);
  if (arrival === null || working === null || share === null || sha256 === null)
    throw new Error(`file ${id} is being moved without a name, a digest or a share`);
  const { name } = await publishedPlace(intake, file, arrival);
  const { folder, name: target } = working;
  return { file: id, from: name, share: share.name, to: { folder, name: target }, size, sha256 };
}

/** The errno code of an error of the disk; empty for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
