import type { ShowOutReason } from '../../core/accounts/footing.ts';
import type { KeptOut } from '../../core/accounts/sign-in.ts';
import type { SftpLimits } from './limits.ts';

/** What people read whom a freeze keeps out, whoever they are; why is for the data team to say. */
const FROZEN =
  'This is frozen for now, and nothing can be done here. What was received is kept; ask the data team.';

/** What people read who have proven who they are and are kept out, and what to do about it. */
export function keptOutSentence(keptOut: KeptOut): string {
  if (keptOut.by === 'freeze') return FROZEN;
  return `You may not transfer files yet: ${keptOut.words}. What was received before is kept.`;
}

/** What people read whose session is ended in the middle. */
export const SHOWN_OUT = {
  'account-disabled': 'Your account has been disabled. What was received is kept; ask the data team.',
  frozen: FROZEN,
  'gate-closed':
    'You may not transfer files now: connect again and read what is missing, or sign in to the portal. ' +
    'What was received is kept.',
  'source-refused': 'Your account may not be used from this address any more. What was received is kept.',
  'key-removed':
    'The key that opened this session was removed. What was received is kept; sign in with another.',
  'reconnection-ended': 'This session was ended. What was received is kept; sign in again with a code.',
  'token-ended': 'The token that opened this session has ended. What was received is kept; use another.',
} as const satisfies Record<ShowOutReason, string>;

/** What people read who have proven who they are, and for whom there is no room. */
export const FULL = {
  sessions: 'There are too many sessions on this server now. Try again in a few minutes.',
  sessionsPerSource: 'There are too many sessions from your address now. Close some, or try again later.',
  sessionsPerAccount: 'Your account has too many sessions open. Close some, then connect again.',
} as const satisfies Partial<Record<keyof SftpLimits, string>>;

/** A limit that keeps out somebody who has signed in. */
export type FullReason = keyof typeof FULL;

/** What people read whose last attempt it was. */
export const TOO_MANY_ATTEMPTS =
  'Too many sign-ins failed on this connection. Check your name and password, then connect again.';
/** The same from an address that is watched. */
export const TOO_MANY_FROM_THERE =
  'Too many sign-ins have failed from your address. Who has not signed in from there before has to wait; others may ' +
  'connect again.';
/** What people read for whose password there is no time. */
export const BUSY = 'Too many people are signing in at the same time. Connect again in half a minute.';
/** What people read who have asked for nothing for long. */
export const IDLE =
  'This session was idle for too long and has been ended. What was sent is kept; connect again.';
