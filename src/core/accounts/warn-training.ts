import type { Instant, Millis } from '../kit/clock.ts';
import type { AccountsAdmin } from './add-account.ts';
import type { Gates } from './gates.ts';
import { hintSecurityMail } from './security-notice.ts';

/** Somebody's training is over: the last warning. */
const OVER: Millis = 0;

/**
 * Warns by mail whose training ends within one of the site's times, and tells whose is over: each of them once, the
 * nearest when several are due. The mail is queued with its audit row. Nobody is told where the site does not ask for
 * training, or whose account is disabled. Returns how many were told. Safe to run twice, also at once.
 */
export async function warnOfTraining(deps: AccountsAdmin & { readonly gates: Gates }): Promise<number> {
  const { ledger, clock, gates } = deps;
  if (!gates.site.training) return 0;
  const now = clock.now();
  let told = 0;
  for (const { id, status, trainingExpires: expires } of await ledger.listAccounts()) {
    const step = status === 'active' && expires !== null ? stepDue(gates.site.warn, expires, now) : null;
    if (expires === null || step === null) continue;
    const isNew = await ledger.markTrainingWarned(id, expires, step, {
      at: now,
      actor: { kind: 'system', part: 'training' },
      event: { type: 'training-warned', subjects: { account: id }, data: { expires, step } },
    });
    if (!isNew) continue;
    told++;
    hintSecurityMail(deps, id);
  }
  return told;
}

/** The nearest warning that is due; null before the first. */
function stepDue(steps: readonly Millis[], expires: Instant, now: Instant): Millis | null {
  if (expires <= now) return OVER;
  return steps.toReversed().find((step) => expires - now <= step) ?? null;
}
