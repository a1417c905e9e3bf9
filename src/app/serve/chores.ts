import { warnOfTraining } from '../../core/accounts/warn-training.ts';
import { abandonUploads } from '../../core/custody/abandon-uploads.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { HOUR } from '../../core/kit/clock.ts';
import type { Closing } from './closing.ts';

/**
 * Does what only time brings about, once now and then every hour: gives up uploads that nobody goes on with, and warns
 * people whose training ends.
 */
export function startChores(intake: Intake, closing: Closing): void {
  let underWay: Promise<void> = Promise.resolve();
  const begin = () => {
    underWay = doChores(intake).catch((error: unknown) => intake.log.error('chores-failed', { error }));
  };
  begin();
  const timer = setInterval(begin, HOUR);
  closing.later('chores', async () => {
    clearInterval(timer);
    await underWay;
  });
}

async function doChores(intake: Intake): Promise<void> {
  await abandonIdle(intake);
  const warned = await warnOfTraining(intake);
  if (warned > 0) intake.log.info('training-warned', { count: warned });
}

async function abandonIdle(intake: Intake): Promise<void> {
  let total = 0;
  for (let some = await abandonUploads(intake); some > 0; some = await abandonUploads(intake)) total += some;
  if (total > 0) intake.log.info('uploads-abandoned', { count: total });
}
