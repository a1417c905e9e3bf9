import type { Intake } from '../custody.ts';
import type { CustodyFile, FileRef, MovingFault } from '../file.ts';
import { waitWhileFrozen } from '../freezes/frozen-work.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import { joinPath } from '../names.ts';
import { carryOut, codeOf } from './carry-out.ts';
import { giveBack } from './moving-row.ts';
import { mayInShare } from './share-access.ts';

/**
 * Carries out a move from Arrivals into a share. The right is asked for again, on the person as they are now
 * (invariant 10): who has lost it since finds the file in Arrivals, and a mail. Bytes that were carried stay there.
 * Safe to run twice, also at once, and after a crash at any line.
 */
export async function moveFile(intake: Intake, ref: FileRef): Promise<JobEnd> {
  const file = await intake.ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation || file.state !== 'moving') return DONE;
  const frozen = await waitWhileFrozen(intake, file);
  if (frozen !== null) return frozen;
  const fault = file.zone === 'carried' ? null : await findFault(intake, file);
  if (fault === 'frozen') return { end: 'later', why: 'it is frozen' };
  if (fault === null) return carry(intake, file);
  await giveBack(intake, file, { fault, tell: true });
  return DONE;
}

async function carry(intake: Intake, file: CustodyFile): Promise<JobEnd> {
  try {
    await carryOut(intake, file, { tell: true });
    return DONE;
  } catch (error) {
    // The call that began the move is at it.
    if (codeOf(error) === 'EBUSY') return { end: 'later', why: 'it is just being moved' };
    throw error;
  }
}

async function findFault(intake: Intake, file: CustodyFile): Promise<MovingFault | 'frozen' | null> {
  const { ledger, zones } = intake;
  const { working } = file;
  const share = working === null ? null : await ledger.shareById(working.share);
  if (working === null || share === null) throw new Error(`file ${file.id} is moved nowhere`);
  const allowed = await mayInShare(intake, file.owner, share.name, 'write');
  if (allowed.ok) return null;
  if (allowed.refusal === 'frozen') return 'frozen';
  // Carried by a run that a crash kept from noting it: then it has left Arrivals before the right was taken.
  const path = joinPath(working.folder, working.name);
  if ((await zones.shares.look({ share: share.name, path })) !== null) return null;
  return share.closedAt === null ? 'right-withdrawn' : 'share-closed';
}
