import type { Session } from '../../accounts/sign-in.ts';
import { type Result, refuse } from '../../kit/result.ts';
import type { Share } from '../../projects/project.ts';
import type { Intake } from '../custody.ts';
import { TOP } from '../names.ts';
import type { SharePlace } from './ports.ts';
import { isAwaited, reservedAt } from './reserved.ts';
import { mayInShare } from './share-access.ts';
import { recordingChange } from './working-audit.ts';
import { beingMoved, type ShareRefusal } from './working-refusal.ts';

/**
 * Renames a file or folder in a share, or from one share to another. Needs the right to write on both, and to read
 * where it leaves a share, for its bytes go with it. With `replace`, a file takes the place of another at once.
 * Refused while a move from Arrivals has reserved one of the two names, or is on its way into the folder.
 */
export async function renameWorking(
  intake: Intake,
  session: Session,
  from: SharePlace,
  to: SharePlace,
  replace: boolean,
): Promise<Result<void, ShareRefusal>> {
  const source = await mayTake(intake, session, from, to);
  if (!source.ok) return source;
  const target = await mayInShare(intake, session.account, to.share, 'write');
  if (!target.ok) return target;
  if (from.path === TOP || to.path === TOP) return refuse('is-the-top');
  if (await isReserved(intake, source.value, from, target.value, to)) return beingMoved();
  const paths = { path: from.path, to: to.path };
  const about = { share: source.value.id, paths, data: { to: target.value.id } };
  return recordingChange(intake, session, { event: 'working-file-renamed', at: from }, about, () =>
    intake.zones.shares.rename(from, to, replace),
  );
}

async function mayTake(
  intake: Intake,
  session: Session,
  from: SharePlace,
  to: SharePlace,
): Promise<Result<Share, ShareRefusal>> {
  const write = await mayInShare(intake, session.account, from.share, 'write');
  if (!write.ok || from.share === to.share) return write;
  return mayInShare(intake, session.account, from.share, 'read');
}

async function isReserved(
  intake: Intake,
  source: Share,
  from: SharePlace,
  target: Share,
  to: SharePlace,
): Promise<boolean> {
  const reserved = await Promise.all([
    reservedAt(intake, source.id, from.path),
    reservedAt(intake, target.id, to.path),
  ]);
  return reserved.some((file) => file !== null) || isAwaited(intake, source.id, from.path);
}
