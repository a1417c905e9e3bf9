import { type Millis, SECOND } from '../core/kit/clock.ts';
import type { Logger } from '../core/kit/logger.ts';
import type { HealthCheck } from './ports.ts';
import { within } from './within.ts';

/** Whether the daemon can work, and which parts can. */
export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, 'ok' | 'failed'>>;
}

const PATIENCE: Millis = 3 * SECOND;
const FRESH: Millis = SECOND;

/**
 * Asks every check, all at a time. Answers are shared for a second, so that anonymous askers cannot wear out the
 * ledger. Reasons go to the log when a part changes (`part-failed`, `part-recovered`), and to nobody else.
 */
export function createReadiness(checks: readonly HealthCheck[], log: Logger): () => Promise<Readiness> {
  const last = new Map<string, 'ok' | 'failed'>();
  let shared: { readonly at: number; readonly answer: Promise<Readiness> } | null = null;

  async function ask(check: HealthCheck): Promise<readonly [string, 'ok' | 'failed']> {
    try {
      await within(PATIENCE, check.check());
      if (last.get(check.name) === 'failed') log.info('part-recovered', { part: check.name });
      last.set(check.name, 'ok');
      return [check.name, 'ok'];
    } catch (error) {
      if (last.get(check.name) !== 'failed') log.warn('part-failed', { part: check.name, error });
      last.set(check.name, 'failed');
      return [check.name, 'failed'];
    }
  }

  async function askAll(): Promise<Readiness> {
    const parts = Object.fromEntries(await Promise.all(checks.map(ask)));
    return { ready: Object.values(parts).every((part) => part === 'ok'), parts };
  }

  return async () => {
    const now = performance.now();
    if (shared === null || now - shared.at > FRESH) shared = { at: now, answer: askAll() };
    return shared.answer;
  };
}
