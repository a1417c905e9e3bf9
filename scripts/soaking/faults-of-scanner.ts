import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';

/** None of them is an answer; "OK" alone, when all bytes have come, would be. */
const LIES = [
  'stream: OK but not quite\0',
  'stream: OK\0stream: OK\0',
  'stream: OK',
  'COMMAND READ TIMED OUT\0',
  'GET / HTTP/1.1\0',
  '',
] as const;

const absent: Fault = {
  name: 'no-scanner',
  async strike({ scanner }, dice) {
    const millis = dice.between(500, 8000);
    await scanner.remove();
    await sleep(millis);
    await scanner.restore();
    return `clamd was away for ${millis} ms`;
  },
};

const hanging: Fault = {
  name: 'hang-scanner',
  async strike({ scanner }, dice) {
    const millis = dice.between(500, 10_000);
    scanner.signal('SIGSTOP');
    await sleep(millis);
    scanner.signal('SIGCONT');
    return `clamd stood still for ${millis} ms`;
  },
};

const lying: Fault = {
  name: 'lying-scanner',
  async strike({ scanner }, dice) {
    const lie = dice.pick(LIES);
    await scanner.lie(lie);
    await sleep(dice.between(1000, 6000));
    await scanner.restore();
    return `clamd said ${JSON.stringify(lie)}`;
  },
};

/** What happens to clamd. */
export const SCANNER_FAULTS: readonly Fault[] = [absent, hanging, lying];
