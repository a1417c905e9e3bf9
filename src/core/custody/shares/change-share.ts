import type { Session } from '../../accounts/sign-in.ts';
import type { Instant } from '../../kit/clock.ts';
import { type Result, refuse } from '../../kit/result.ts';
import type { Share } from '../../projects/project.ts';
import type { Intake } from '../custody.ts';
import { TOP } from '../names.ts';
import type { SharePlace } from './ports.ts';
import { isAwaited, reservedAt } from './reserved.ts';
import { mayInShare } from './share-access.ts';
import { recordWorking, type WorkingEvent } from './working-audit.ts';
import { beingMoved, type ShareRefusal } from './working-refusal.ts';

/** Removes a file from a share, or a symbolic link itself. */
export async function removeWorking(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<void, ShareRefusal>> {
  const share = await mayChange(intake, session, place);
  if (!share.ok) return share;
  const removed = await intake.zones.shares.remove(place);
  return after(removed, intake, session, 'working-file-removed', share.value, place);
}

/** Makes a folder in a share. The folder above has to be there. */
export async function makeWorkingFolder(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<void, ShareRefusal>> {
  const share = await mayChange(intake, session, place);
  if (!share.ok) return share;
  const made = await intake.zones.shares.makeFolder(place);
  return after(made, intake, session, 'working-folder-made', share.value, place);
}

/** Removes an empty folder. One that a file is on its way to is not empty. */
export async function removeWorkingFolder(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<void, ShareRefusal>> {
  const share = await mayChange(intake, session, place);
  if (!share.ok) return share;
  if (await isAwaited(intake, share.value.id, place.path)) return refuse('not-empty');
  const removed = await intake.zones.shares.removeFolder(place);
  return after(removed, intake, session, 'working-folder-removed', share.value, place);
}

/** Cuts or extends a file, which counts as writing to it, or sets its modification time. */
export async function changeWorking(
  intake: Intake,
  session: Session,
  place: SharePlace,
  change: { readonly size: number | null; readonly mtime: Instant | null },
): Promise<Result<void, ShareRefusal>> {
  const share = await mayChange(intake, session, place);
  if (!share.ok) return share;
  const changed = await intake.zones.shares.change(place, change);
  if (!changed.ok || change.size === null) return changed;
  return after(changed, intake, session, 'working-file-written', share.value, place);
}

/** Needs the right to write, a place below the top, and a name that no move has reserved. */
async function mayChange(
  intake: Intake,
  session: Session,
  place: SharePlace,
): Promise<Result<Share, ShareRefusal>> {
  const share = await mayInShare(intake.ledger, session.account, place.share, 'write');
  if (!share.ok) return share;
  if (place.path === TOP) return refuse('is-the-top', `${place.share} is a share, not a folder in one`);
  return (await reservedAt(intake, share.value.id, place.path)) === null ? share : beingMoved();
}

async function after(
  done: Result<void, ShareRefusal>,
  intake: Intake,
  session: Session,
  event: WorkingEvent,
  share: Share,
  place: SharePlace,
): Promise<Result<void, ShareRefusal>> {
  if (done.ok) await recordWorking(intake, session, event, { share: share.id, paths: { path: place.path } });
  return done;
}
