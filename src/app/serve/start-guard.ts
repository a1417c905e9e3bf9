import { setTimeout as pause } from 'node:timers/promises';
import { SignInGuard } from '../../core/accounts/guard/sign-in-guard.ts';
import { PasswordWork } from '../../core/accounts/password-work.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import type { Millis } from '../../core/kit/clock.ts';
import type { LimitUse } from '../../core/kit/limit-tally.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { openGuardRelay } from '../../jobs/guard-relay.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../system-clock.ts';
import type { Closing } from './closing.ts';
import type { QueuePlace } from './start-queue.ts';

/** How often what has failed is written, in one commit. */
const BEAT: Millis = 250;

/** What all doors of this process share against those who guess. */
export interface RunningGuard {
  readonly guard: SignInGuard;
  readonly passwords: PasswordWork;
  /** How its limits stand, by the keys of `guard` in the configuration. */
  limits(): readonly LimitUse[];
}

/** Starts the guard of all doors of this process, with what the ledger knows. */
export async function startGuard(
  config: Config,
  ledger: Ledger,
  queue: QueuePlace,
  log: Logger,
  closing: Closing,
): Promise<RunningGuard> {
  const relay = queue.alone ? null : openGuardRelay({ server: queue.server, log });
  const guard = new SignInGuard({
    ledger,
    clock: systemClock,
    log,
    policy: config.guard.policy,
    pause,
    relay,
  });
  await guard.load();
  const timer = setInterval(() => void guard.beat(), BEAT);
  closing.later('sign-in-guard', async () => {
    clearInterval(timer);
    await guard.beat();
    await guard.beat(true);
    await relay?.close();
  });
  const { atOnce, waiting } = config.guard.passwords;
  const passwords = new PasswordWork({ atOnce, waiting });
  return {
    guard,
    passwords,
    limits: () => [
      ...guard.limits(),
      { limit: 'passwords', most: atOnce, used: passwords.running, refused: 0 },
      { limit: 'passwords_waiting', most: waiting, used: passwords.waiting, refused: passwords.refused },
    ],
  };
}
