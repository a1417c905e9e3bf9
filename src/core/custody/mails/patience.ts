import { DAY, type Instant, MINUTE, type Millis, SECOND } from '../../kit/clock.ts';
import type { UntakenMail } from './ports.ts';

/** The pause after the first attempt; it doubles after each, up to the longest (RFC 5321 section 4.5.4.1). */
const FIRST_PAUSE: Millis = 5 * SECOND;
const LONGEST_PAUSE: Millis = 30 * MINUTE;

/** A mail is given up after so long and so many attempts; a clock that jumps, or a daemon that stood still, ends none. */
const GIVE_UP_AFTER: Millis = 5 * DAY;
const FEWEST_ATTEMPTS = 100;

/** How long a mail rests that was handed over so often, in milliseconds. */
export function pauseAfter(attempts: number): Millis {
  return Math.min(FIRST_PAUSE * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE);
}

/** Whether it is not yet time for the next attempt. A clock that was set back makes nobody wait. */
export function isResting({ lastAt, nextAt }: UntakenMail, now: Instant): boolean {
  return nextAt !== null && lastAt <= now && now < nextAt;
}

/** Whether nobody hopes any more that a mail is taken. */
export function isHopeless({ attempts, since, lastAt }: UntakenMail): boolean {
  return attempts >= FEWEST_ATTEMPTS && lastAt - since >= GIVE_UP_AFTER;
}
