import type { SftpLimits } from './limits.ts';

/** Who is at the door without having signed in, when somebody new comes. */
export interface Waiting {
  readonly all: number;
  readonly sameSource: number;
  /** Whether somebody has signed in from where the newcomer comes from. */
  readonly isKnown: boolean;
}

/**
 * The limit that keeps a newcomer out; null lets them wait. Where somebody has signed in from before, nobody is turned
 * away by chance, and some places are kept: strangers who fill the door do not shut those people out.
 *
 * `chance` is drawn from 0 up to 1. As in OpenSSH's MaxStartups, the part of newcomers that is turned away grows
 * steadily from `dropRate` percent at `dropFrom` to all at `waiting`.
 */
export function whyNotWait(
  { all, sameSource, isKnown }: Waiting,
  limits: SftpLimits,
  chance: number,
): 'waiting' | 'waitingPerSource' | 'dropFrom' | null {
  if (sameSource >= limits.waitingPerSource) return 'waitingPerSource';
  if (all >= limits.waiting + (isKnown ? limits.reserved : 0)) return 'waiting';
  if (isKnown || all < limits.dropFrom) return null;
  const rate = limits.dropRate / 100;
  const part = rate + ((1 - rate) * (all - limits.dropFrom)) / (limits.waiting - limits.dropFrom);
  return chance < part ? 'dropFrom' : null;
}
