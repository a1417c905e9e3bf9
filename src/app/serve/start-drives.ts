import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Intake } from '../../core/custody/custody.ts';
import { SECOND } from '../../core/kit/clock.ts';
import { type RunningDrives, startDrives } from '../../doors/drives/start-drives.ts';
import type { Config } from '../config/config.ts';
import type { Closing } from './closing.ts';

/** How long something has to stay as it is before it is believed: clients copy and then delete. */
const GRACE = 5 * SECOND;

/** Looks after the drives that desktops mount, if the site has any; null where they are off. */
export async function startDrivesDoor(
  { data, drives }: Config,
  intake: Intake,
  closing: Closing,
): Promise<RunningDrives | null> {
  if (!drives.on) return null;
  const running = startDrives({
    intake,
    policy: { grace: GRACE, users: new Map(drives.users.map(({ uid, account }) => [uid, account])) },
    rescan: drives.rescan,
    watches: drives.watches,
    arrivals: await realpath(join(data, 'arrivals')),
  });
  closing.later('drives', () => running.stop());
  return running;
}
