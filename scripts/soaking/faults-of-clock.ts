import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';

const jump: Fault = {
  name: 'jump-clock',
  async strike(haven, dice) {
    const jumps = Array.from({ length: dice.between(1, 4) }, () => dice.between(-60, 60));
    await haven.end('SIGTERM');
    await haven.time.setAhead(0);
    await haven.start(haven.time.env);
    for (const seconds of jumps) {
      await haven.time.setAhead(seconds * 1000);
      await sleep(dice.between(500, 2500));
    }
    await haven.time.setAhead(0);
    await sleep(500);
    await haven.end(dice.pick(['SIGTERM', 'SIGKILL']));
    await haven.start();
    return `the clock was ahead by ${jumps.join(', ')} s`;
  },
};

/** What happens to the clock: a little, so that nothing becomes suspect but retention goes on. */
export const CLOCK_FAULTS: readonly Fault[] = [jump];
