import type { FreezesLedger } from '../../accounts/freeze.ts';
import type { FileRef } from '../file.ts';
import type { JobEnd } from '../inspect-file.ts';

/**
 * What a job answers before an effect on a file that a freeze covers: not yet. It goes on as if nothing had been, some
 * time (a minute at most) after the freeze was lifted. Null when nothing covers the file. Asked before any right,
 * because a right that a freeze suspends is not one that was withdrawn. `keeps` is for what destroys.
 */
export async function waitWhileFrozen(
  { ledger }: { readonly ledger: FreezesLedger },
  file: FileRef,
  as: 'file' | 'keeps' = 'file',
): Promise<JobEnd | null> {
  const freeze = await ledger.freezeOver({ [as]: file.id });
  return freeze === null ? null : { end: 'later', why: `it is frozen (${freeze})` };
}
