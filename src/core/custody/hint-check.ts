import { MIB } from '../kit/bytes.ts';
import type { Millis } from '../kit/clock.ts';
import type { Intake } from './custody.ts';
import type { FileRef } from './file.ts';

/** Up to this size in bytes a file is read in no time: one job, when it has settled, does all that waits for it. */
export const SMALL = 8 * MIB;

/** A little more than the settling time, so that what follows it does not come a moment early. */
export const AFTER_SETTLING: Millis = 50;

/**
 * Says that a received file waits for its checks. A large one is read while it settles; a small one when it has
 * settled, so that a burst of them is received first. `untilSettled`: 0 when nothing can follow any more.
 */
export function hintCheck(
  { hints }: Pick<Intake, 'hints'>,
  file: FileRef,
  size: number,
  untilSettled: Millis,
): void {
  const waits = size <= SMALL && untilSettled > 0;
  hints.hint({ job: 'inspect-file', ref: file }, waits ? untilSettled + AFTER_SETTLING : 0);
}
