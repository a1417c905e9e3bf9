import type { Actor } from '../audit/events.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Share } from './project.ts';
import type { ProjectsAdmin } from './set-up-project.ts';

/**
 * Closes a share: nobody has rights on it any more, from their next action on, in open sessions too. Its folder stays
 * as it is, and its name is never used again.
 */
export async function closeShare(
  deps: ProjectsAdmin,
  actor: Actor,
  name: string,
): Promise<Result<Share, 'share-unknown' | 'share-closed'>> {
  const share = await deps.ledger.shareByName(name);
  if (share === null) return refuse('share-unknown', `there is no share "${name}"`);
  const at = deps.clock.now();
  const subjects = { project: share.project, share: share.id };
  const event = { type: 'share-closed', subjects } as const;
  const closed = await deps.ledger.closeShare(share.id, at, [{ at, actor, event }]);
  return closed ? accept({ ...share, closedAt: at }) : refuse('share-closed', `"${name}" was closed before`);
}
