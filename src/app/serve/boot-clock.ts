import { readFileSync } from 'node:fs';
import type { Clock } from '../../core/kit/clock.ts';
import { systemClock } from '../system-clock.ts';

/**
 * The machine's clocks for finding jumps. Where the kernel tells how long it has been up, that is the clock that
 * cannot be set: it goes on while the machine sleeps, as the wall clock does, and nothing that is loaded into this
 * process can move it.
 */
export const bootClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => readUptime() ?? systemClock.monotonic(),
};

function readUptime(): number | null {
  try {
    const seconds = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
    return Number.isFinite(seconds) ? seconds * 1000 : null;
  } catch {
    return null;
  }
}
