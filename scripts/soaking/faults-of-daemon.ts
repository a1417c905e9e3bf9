import { setTimeout as sleep } from 'node:timers/promises';
import { FAILPOINTS } from '../../src/core/kit/failpoint.ts';
import type { Fault } from './faults.ts';
import type { Haven } from './haven.ts';

/** A crash test that is not reached by then is given up. */
const LONGEST_WAIT_MS = 12_000;

const kill: Fault = {
  name: 'kill-daemon',
  async strike(haven, dice) {
    await haven.end('SIGKILL');
    await sleep(dice.between(0, 1500));
    await haven.start();
    return 'SIGKILL, and started again';
  },
};

const killTwice: Fault = {
  name: 'kill-daemon-at-start',
  async strike(haven, dice) {
    await haven.end('SIGKILL');
    const millis = dice.between(0, 1000);
    await haven.start();
    await sleep(millis);
    await haven.end('SIGKILL');
    await haven.start();
    return `SIGKILL, and once more ${millis} ms after the start`;
  },
};

const stop: Fault = {
  name: 'stop-daemon',
  async strike(haven) {
    await haven.end('SIGTERM');
    await haven.start();
    return 'SIGTERM, and started again';
  },
};

const failpoint: Fault = {
  name: 'crash-at-failpoint',
  async strike(haven, dice) {
    const point = dice.pick(FAILPOINTS);
    await haven.end('SIGTERM');
    const how = await crashAt(haven, point);
    await haven.start();
    return `killed ${how} ${point}, and started again`;
  },
};

/** Some points are reached by a start that finishes what was under way: then the daemon is never ready. */
async function crashAt(haven: Haven, point: string): Promise<string> {
  const daemon = await haven.start({ HAVENGATE_TEST_FAILPOINT: point }).catch(() => null);
  if (daemon === null) return 'while it started, at';
  const crashed = await Promise.race([daemon.ended.then(() => true), sleep(LONGEST_WAIT_MS, false)]);
  if (crashed) await haven.noteEnd();
  else await haven.end('SIGKILL');
  return crashed ? 'at' : 'before it reached';
}

/** What ends the daemon itself. */
export const DAEMON_FAULTS: readonly Fault[] = [kill, killTwice, stop, failpoint, failpoint];
