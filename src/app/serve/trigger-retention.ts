import { systemActor } from '../../core/custody/actors.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { DONE, type JobEnd } from '../../core/custody/inspect-file.ts';
import { whyNothingIsDestroyed } from '../../core/custody/retention/destruction-guard.ts';
import { runRetention } from '../../core/custody/retention/run.ts';
import { warnOfExpiry } from '../../core/custody/retention/warn.ts';

/**
 * What the schedule triggers: warns of what ends soon, then begins the destruction of what is due. Does neither while
 * the clock is suspect. A refusal is logged and no reason to try again: the next hour does. Safe to run twice.
 */
export async function triggerRetention(intake: Intake): Promise<JobEnd> {
  const stopped = await whyNothingIsDestroyed(intake.ledger);
  if (stopped !== null) {
    intake.log.error('retention-refused', { refusal: stopped.refusal, detail: stopped.why });
    return DONE;
  }
  const warned = await warnOfExpiry(intake);
  const run = await runRetention(intake, systemActor('retention'), null);
  if (!run.ok) intake.log.error('retention-refused', { warned, refusal: run.refusal, detail: run.detail });
  else {
    const { plan, begun, extended } = run.value;
    intake.log.info('retention-looked', { warned, due: plan.files, begun, extended });
  }
  return DONE;
}
