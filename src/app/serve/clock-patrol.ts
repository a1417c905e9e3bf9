import type { Ledger } from '../../core/custody/ports.ts';
import {
  ClockWatch,
  checkClockAtStart,
  clockSuspicion,
  noteTrustedTime,
} from '../../core/custody/retention/clock-guard.ts';
import { type Clock, MINUTE, type Millis, SECOND } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';
import type { Closing } from './closing.ts';

const EVERY: Millis = 2 * SECOND;

/** How often the time is noted that a later start is compared with. */
const NOTED_EVERY: Millis = 2 * MINUTE;

/** Looks after the clock of this process. */
export interface ClockPatrol {
  /** Looks now: before anything that cannot be undone. Rejects when the ledger cannot answer. */
  lookNow(): Promise<void>;
}

/**
 * Compares the clock with the ledger, then goes on looking whether it jumps: every two seconds, and whenever it is
 * asked. As long as the clock is trusted, its time is noted for the next start: now, every two minutes, and at the end.
 * To be started before anything is appended to the audit log. A suspicion is logged as the error `clock-suspect`, once
 * for each.
 */
export async function startClockPatrol(
  ledger: Ledger,
  clock: Clock,
  log: Logger,
  closing: Closing,
): Promise<ClockPatrol> {
  const watch = new ClockWatch(clock);
  let told: string | null = null;
  const tell = (why: string | null) => {
    if (why !== null && why !== told) {
      log.error('clock-suspect', {
        why,
        advice: 'nothing is destroyed until `havengate clock accept`; look at the clock first',
      });
    }
    told = why;
  };
  tell(await checkClockAtStart(ledger, clock));

  let notedAt = Number.NEGATIVE_INFINITY;
  const look = async (last = false) => {
    const seen = await watch.look(ledger);
    tell(await clockSuspicion(ledger));
    if (!last && clock.monotonic() - notedAt < NOTED_EVERY) return;
    await noteTrustedTime(ledger, seen);
    notedAt = clock.monotonic();
  };
  await look();
  let underWay: Promise<void> = Promise.resolve();
  const lookNow = () => {
    const looked = underWay.then(() => look());
    underWay = looked.catch(() => undefined);
    return looked;
  };
  let waiting = false;
  const timer = setInterval(() => {
    if (waiting) return;
    waiting = true;
    lookNow()
      .catch((error: unknown) => log.error('clock-not-checked', { error }))
      .finally(() => {
        waiting = false;
      });
  }, EVERY);
  timer.unref();
  closing.later('clock', async () => {
    clearInterval(timer);
    await underWay;
    await look(true);
  });
  return { lookNow };
}
