import type { Dice } from './dice.ts';
import { CLOCK_FAULTS } from './faults-of-clock.ts';
import { DAEMON_FAULTS } from './faults-of-daemon.ts';
import { DISK_FAULTS } from './faults-of-disk.ts';
import { QUEUE_FAULTS } from './faults-of-queue.ts';
import { SCANNER_FAULTS } from './faults-of-scanner.ts';
import type { Haven } from './haven.ts';

/** Something that goes wrong while people work. When it resolves all is mended, and the daemon runs. */
export interface Fault {
  readonly name: string;
  /** Why it cannot be had on this machine; null when it can. */
  whyNot?(haven: Haven): string | null;
  /** Returns what was done, in words for the log. */
  strike(haven: Haven, dice: Dice): Promise<string>;
}

/** All of them; each is as likely as the next. */
export const FAULTS: readonly Fault[] = [
  ...DAEMON_FAULTS,
  ...QUEUE_FAULTS,
  ...SCANNER_FAULTS,
  ...DISK_FAULTS,
  ...CLOCK_FAULTS,
];
