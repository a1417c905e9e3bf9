import { admitFile } from './admit-file.ts';
import type { Custody } from './custody.ts';
import { type CustodyFile, type FileRef, isSettled } from './file.ts';
import { AFTER_SETTLING, SMALL } from './hint-check.ts';
import { DONE, inspectFile, type JobEnd } from './inspect-file.ts';
import { releaseFile } from './outbound/release-file.ts';

/**
 * The job of a received file: inspects it and, where nothing stands between, publishes it and takes its name out of
 * the airlock. A file that has not settled, and a large one, whose publication may be a copy, are left to a job of
 * their own. Safe to run twice, also at once, and after a crash at any line: what was done is not done again.
 */
export async function checkFile(custody: Custody, ref: FileRef): Promise<JobEnd> {
  const inspected = await inspectFile(custody, ref);
  if (inspected.end === 'later') return inspected;
  const { ledger, clock, hints } = custody;
  const file = await ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation || !waitsToPass(file)) return DONE;
  const now = clock.now();
  if (isSettled(file, now) && file.size <= SMALL)
    return file.leavesBy === null ? admitFile(custody, ref) : releaseFile(custody, ref);
  const untilSettled = Math.max(0, (file.settlesAt ?? now) - now);
  const job = file.leavesBy === null ? 'admit-file' : 'release-file';
  hints.hint({ job, ref }, untilSettled === 0 ? 0 : untilSettled + AFTER_SETTLING);
  return DONE;
}

/** Inspected, and not yet where it belongs. */
function waitsToPass({ state, inspectedAt, settlesAt }: CustodyFile): boolean {
  if (state === 'inspecting') return inspectedAt !== null && settlesAt !== null;
  return state === 'admitting' || state === 'releasing';
}
