import { type Millis, SECOND } from '../../kit/clock.ts';

/** Called before each thing that is looked at: may wait, so that a long check leaves the machine to others. */
export type Pace = () => Promise<void> | void;

/** As quickly as it goes. */
export const AT_ONCE: Pace = () => undefined;

/** So long a wait is worth a timer. */
const WORTH_WAITING: Millis = 20;

/** So many looks in a second. `wait` waits by the monotonic clock; what it throws ends the check. */
export function pacedBy(looks: number, monotonic: () => Millis, wait: (time: Millis) => Promise<void>): Pace {
  let free = monotonic();
  return async () => {
    const now = monotonic();
    free = Math.max(free, now) + SECOND / looks;
    if (free - now > WORTH_WAITING) await wait(free - now);
  };
}
