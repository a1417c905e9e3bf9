import { dirname, join } from 'node:path';
import type { Intake } from '../../core/custody/custody.ts';
import { dropSpareLeftovers } from '../../core/custody/doctor/leftovers.ts';
import { reconcile, renewWork } from '../../core/custody/reconcile.ts';
import { finishCompleteUploads } from '../../core/custody/resume-upload.ts';
import { removeUnbegunFolders } from '../../core/custody/shares/unbegun-folders.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { takeProcessLock } from '../../stores/ledger/process-lock.ts';
import type { Config } from '../config/config.ts';
import type { DaemonRole } from '../config/daemon-roles.ts';
import { readBootId } from './boot-id.ts';
import type { Closing } from './closing.ts';

/**
 * Makes ledger and disk agree before anything else is done, as far as the roles of this process go: the one with the
 * clock gives unfinished work to the next generation, the one with the doors mends uploads. What is on its way in
 * looks the same whether its door has died or is another process that lives, so only the process that has the doors
 * may touch it, and it has them alone: throws when another process of this installation has them.
 *
 * `usedUntil`: see `reconcile`.
 */
export async function reconcileAtStart(
  config: Config,
  intake: Intake,
  roles: readonly DaemonRole[],
  usedUntil: Instant | null,
  closing: Closing,
): Promise<void> {
  const { log } = intake;
  const hasDoors = roles.includes('doors');
  if (hasDoors) takeDoors(config, closing);
  const renewed = roles.includes('clock') ? { renewed: await renewWork(intake) } : {};
  const uploads = hasDoors ? await reconcileUploads(intake, usedUntil) : {};
  if (hasDoors || roles.includes('clock')) log.info('reconciled', { ...renewed, ...uploads });
}

function takeDoors(config: Config, closing: Closing): void {
  const file = join(dirname(config.ledger.file), 'doors.lock');
  const lock = takeProcessLock(file);
  if (lock === null)
    throw new Error(
      `another daemon has the doors of this installation open (it holds ${file}); nothing was changed: end that one first, or start this one with --roles workers,clock`,
    );
  closing.later('doors-lock', async () => lock.release());
}

async function reconcileUploads(
  intake: Intake,
  usedUntil: Instant | null,
): Promise<Readonly<Record<string, number>>> {
  const mended = await reconcile(intake, await readBootId(), usedUntil);
  const finished = await finishCompleteUploads(intake);
  const emptied = await removeUnbegunFolders(intake);
  return { ...mended, finished, emptied, dropped: await dropSpareLeftovers(intake) };
}
