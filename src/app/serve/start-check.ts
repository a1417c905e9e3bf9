import { setTimeout as sleep } from 'node:timers/promises';
import type { Custody } from '../../core/custody/custody.ts';
import { checkBehind, isFault, tellFaults } from '../../core/custody/doctor/check-behind.ts';
import { pacedBy } from '../../core/custody/doctor/pace.ts';
import { type Instant, SECOND } from '../../core/kit/clock.ts';
import type { Config } from '../config/config.ts';
import type { Closing } from './closing.ts';

/** How the last check went. */
interface CheckCount {
  readonly faults: number;
  readonly warnings: number;
  readonly endedAt: Instant;
}

/** The check that runs behind a daemon. */
export interface RunningCheck {
  /** Null until the first has ended. */
  counts(): CheckCount | null;
}

/** The most findings that the log has. */
const MOST_LOGGED = 100;

/**
 * Checks custody once, some time after the start, at a bounded pace and beside everything else: the start does not
 * wait for it. What is amiss is logged (`custody-fault`), counted in the metrics, and mailed to operators and data team.
 */
export function startCheck({ check }: Config, custody: Custody, closing: Closing): RunningCheck {
  let counts: CheckCount | null = null;
  if (!check.on) return { counts: () => counts };
  const { clock, log } = custody;
  const stopping = new AbortController();
  const wait = (time: number) => sleep(time, undefined, { signal: stopping.signal });

  async function run(looks: number): Promise<void> {
    const begun = clock.monotonic();
    const checked = await checkBehind(
      custody,
      pacedBy(looks, () => clock.monotonic(), wait),
      wait,
    );
    const faults = checked.findings.filter(isFault);
    const warnings = checked.findings.length - faults.length;
    counts = { faults: faults.length, warnings, endedAt: clock.now() };
    for (const { invariant, file, message } of faults.slice(0, MOST_LOGGED))
      log.error('custody-fault', { invariant, file, message });
    const { files, auditRows } = checked;
    const seconds = Math.round((clock.monotonic() - begun) / SECOND);
    log.info('custody-checked', { files, auditRows, faults: faults.length, warnings, seconds });
    if (faults.length > 0) await tellFaults(custody, checked);
  }

  const ended = wait(check.after)
    .then(() => run(check.looks))
    .catch((error: unknown) => {
      if (!stopping.signal.aborted) log.error('check-failed', { error });
    });
  closing.later('check', async () => {
    stopping.abort();
    await ended;
  });
  return { counts: () => counts };
}
