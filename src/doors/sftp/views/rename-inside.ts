import type { Session } from '../../../core/accounts/sign-in.ts';
import { actorOf } from '../../../core/custody/actors.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import { sendOut } from '../../../core/custody/outbound/send-out.ts';
import { moveFolderToShare } from '../../../core/custody/shares/move-folder.ts';
import { moveToShare } from '../../../core/custody/shares/move-to-share.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { ArrivalsBranch } from './arrivals-branch.ts';
import type { DropBranch } from './drop-branch.ts';
import type { ShareBranch } from './share-branch.ts';
import type { Place, Tree } from './tree-view.ts';

/** The branches inside. */
export type InsideBranch = ArrivalsBranch | ShareBranch | DropBranch;

/**
 * What a rename means inside:
 *
 * | from, to | Arrivals | a share | outbound |
 * |---|---|---|---|
 * | Arrivals | refused | the move to the share, of a file or a folder | refused: to the share first |
 * | a share | refused | a rename, which can replace | a copy is sent out |
 * | outbound | refused | refused | a rename in the same drop |
 */
export function renameInside(intake: Intake, session: Session): Tree<InsideBranch>['rename'] {
  const who = { actor: actorOf(session), account: session.account };

  async function toShare(
    from: Place<ArrivalsBranch>,
    to: Place<ShareBranch>,
  ): Promise<Result<void, Refusal>> {
    const found = await from.branch.look(from.whole);
    if (!found.ok) return found;
    const target = { share: to.branch.share, path: to.whole };
    const moved =
      found.value.attributes.kind === 'folder'
        ? await moveFolderToShare(intake, who, from.whole, target)
        : await moveToShare(intake, who, from.path, target);
    return moved.ok ? accept(undefined) : moved;
  }

  async function send(from: Place<ShareBranch>, to: Place<DropBranch>): Promise<Result<void, Refusal>> {
    if (from.branch.share !== to.branch.share) return refuse('other-share');
    const sent = await sendOut(intake, who, { share: from.branch.share, from: from.whole, to: to.path });
    return sent.ok ? accept(undefined) : sent;
  }

  return async (from, to, replace) => {
    if (to.branch.kind === 'arrivals')
      return refuse(from.branch.kind === 'arrivals' ? 'as-it-arrived' : 'comes-from-outside');
    switch (from.branch.kind) {
      case 'arrivals':
        return to.branch.kind === 'share'
          ? toShare({ ...from, branch: from.branch }, { ...to, branch: to.branch })
          : refuse('to-a-share-first');
      case 'share':
        return to.branch.kind === 'share'
          ? from.branch.rename(from.whole, { share: to.branch.share, path: to.whole }, replace)
          : send({ ...from, branch: from.branch }, { ...to, branch: to.branch });
      case 'drop':
        if (to.branch.kind === 'share') return refuse('is-leaving');
        return from.branch.share === to.branch.share
          ? from.branch.rename(from.path, to.path)
          : refuse('other-share');
    }
  };
}
