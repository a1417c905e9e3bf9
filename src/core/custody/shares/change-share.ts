import type { Session } from '../../accounts/sign-in.ts';
import type { Instant } from '../../kit/clock.ts';
import { type Result, refuse } from '../../kit/result.ts';
import type { Share } from '../../projects/project.ts';
import type { Intake } from '../custody.ts';
import { TOP } from '../names.ts';
import type { SharePlace } from './ports.ts';
import { isAwaited, reservedAt } from './reserved.ts';
import { mayInShare } from './share-access.ts';
import { type LastingChange, recordingChange } from './working-audit.ts';
import { beingMoved, type ShareRefusal } from './working-refusal.ts';

/** Removes a file from a share, or a symbolic link itself. */
export async function removeWorking(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<void, ShareRefusal>> {
  return changing(intake, session, place, 'working-file-removed', () => intake.zones.shares.remove(place));
}

/** Makes a folder in a share. The folder above has to be there. */
export async function makeWorkingFolder(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<void, ShareRefusal>> {
  return changing(intake, session, place, 'working-folder-made', () => intake.zones.shares.makeFolder(place));
}

/** Removes an empty folder. One that a file is on its way to is not empty. */
export async function removeWorkingFolder(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<void, ShareRefusal>> {
  return changing(intake, session, place, 'working-folder-removed', async ({ id }) =>
    (await isAwaited(intake, id, place.path)) ? refuse('not-empty') : intake.zones.shares.removeFolder(place),
  );
}

/** Cuts or extends a file, which counts as writing to it, or sets its modification time. */
export async function changeWorking(
  intake: Intake,
  session: Session,
  place: SharePlace,
  change: { readonly size: number | null; readonly mtime: Instant | null },
): Promise<Result<void, ShareRefusal>> {
  const event = change.size === null ? null : 'working-file-written';
  return changing(intake, session, place, event, () => intake.zones.shares.change(place, change));
}

/** Does something to a place, if the person may; what was done is recorded under `event`, null for nothing. */
async function changing(
  intake: Intake,
  session: Session,
  place: SharePlace,
  event: LastingChange | null,
  act: (share: Share) => Promise<Result<void, ShareRefusal>>,
): Promise<Result<void, ShareRefusal>> {
  const share = await mayChange(intake, session, place);
  if (!share.ok) return share;
  const about = { share: share.value.id, paths: { path: place.path } };
  if (event === null) return act(share.value);
  return recordingChange(intake, session, { event, at: place }, about, () => act(share.value));
}

/** Needs the right to write, a place below the top, and a name that no move has reserved. */
async function mayChange(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<Share, ShareRefusal>> {
  const share = await mayInShare(intake, session.account, place.share, 'write');
  if (!share.ok) return share;
  if (place.path === TOP) return refuse('is-the-top', `${place.share} is a share, not a folder in one`);
  return (await reservedAt(intake, share.value.id, place.path)) === null ? share : beingMoved();
}
