import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Right, Share } from '../../projects/project.ts';
import type { Intake } from '../custody.ts';
import { TOP } from '../names.ts';
import { isDamaged } from '../scrub/damage.ts';
import { type GuardedWorkingFile, guardWorkingFile } from './guarded-working-file.ts';
import { openMoving } from './open-moving.ts';
import type { SharePlace, WorkingFile, WorkingOpen } from './ports.ts';
import { reservedAt } from './reserved.ts';
import { mayInShare } from './share-access.ts';
import { recordBegun, recordRefused, recordWorking } from './working-audit.ts';
import { beingMoved, type ShareRefusal } from './working-refusal.ts';

/**
 * Opens a working file: with the right to read for reading, with the right to write for anything that changes it. A
 * file that is still on its way from Arrivals can be read, from where its bytes are now, and not be changed.
 */
export async function openWorking(
  intake: Intake,
  session: Session,
  place: SharePlace,
  how: WorkingOpen,
): Promise<Result<GuardedWorkingFile, ShareRefusal>> {
  const share = await mayOpen(intake, session, place, how);
  if (!share.ok) return share;
  if (place.path === TOP) return refuse('is-a-folder');
  const coming = await reservedAt(intake, share.value.id, place.path);
  if (coming !== null && how.write) return beingMoved();
  if (how.read && (await isDamaged(intake, place))) return refuse('damaged');
  if (coming !== null) {
    const moving = await openMoving(intake, coming, place);
    return moving.ok ? accept(guard(intake, session, place, how, share.value, moving.value, true)) : moving;
  }
  return openNow(intake, session, place, how, share.value);
}

/** Opening may cut what was there before: that is begun in the audit before the file is opened. */
async function openNow(
  intake: Intake,
  session: Session,
  place: SharePlace,
  how: WorkingOpen,
  share: Share,
): Promise<Result<GuardedWorkingFile, ShareRefusal>> {
  const about = { share: share.id, paths: { path: place.path } };
  const before = how.truncate ? await intake.zones.shares.look(place) : null;
  const isCut = before?.kind === 'file' && before.size > 0;
  if (isCut) await recordBegun(intake, session, 'working-file-written', about);
  const file = await intake.zones.shares.open(place, how);
  if (file.ok) return accept(guard(intake, session, place, how, share, file.value, isCut));
  if (isCut) await recordRefused(intake, session, 'working-file-written', about, file.refusal);
  return file;
}

async function mayOpen(
  intake: Intake,
  session: Session,
  place: SharePlace,
  how: WorkingOpen,
): Promise<Result<Share, ShareRefusal>> {
  const changes = how.write || how.create || how.truncate;
  const first = await mayInShare(intake, session.account, place.share, changes ? 'write' : 'read');
  return first.ok && changes && how.read ? mayInShare(intake, session.account, place.share, 'read') : first;
}

function guard(
  intake: Intake,
  session: Session,
  place: SharePlace,
  how: WorkingOpen,
  share: Share,
  file: WorkingFile,
  isBegun: boolean,
): GuardedWorkingFile {
  const about = { share: share.id, paths: { path: place.path } };
  const checkOf = (right: Right) => async () => {
    const allowed = await mayInShare(intake, session.account, place.share, right);
    return allowed.ok ? accept(undefined) : allowed;
  };
  const parts = {
    file,
    mayRead: how.read ? checkOf('read') : null,
    mayWrite: how.write ? checkOf('write') : null,
    changed: how.truncate || (how.create && file.size === 0),
    // A file that is new, or was empty, has nothing to lose.
    onChanging:
      isBegun || file.size === 0 ? null : () => recordBegun(intake, session, 'working-file-written', about),
    onWritten: (size: number) =>
      recordWorking(intake, session, 'working-file-written', { ...about, data: { size } }),
  };
  return guardWorkingFile(parts, intake.clock);
}
