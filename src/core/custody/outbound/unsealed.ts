import type { CustodyFile, SealingFault } from '../file.ts';

/** Why a sealing came to nothing. In state `abandoned` no other file has these reasons. */
export const UNSEALED_REASONS = [
  'source-missing',
  'source-changing',
  'right-withdrawn',
  'too-large',
  'bytes-corrupt',
] as const satisfies readonly (SealingFault | 'too-large' | 'bytes-corrupt')[];

/** Why a sealing came to nothing. */
export type UnsealedReason = (typeof UNSEALED_REASONS)[number];

/** True for a file that was to be sealed and never was: what is in the airlock of it belongs to nobody. */
export function isUnsealed({ state, reason }: Pick<CustodyFile, 'state' | 'reason'>): boolean {
  return state === 'abandoned' && UNSEALED_REASONS.some((one) => one === reason);
}
