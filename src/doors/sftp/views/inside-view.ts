import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import { listOwnShares } from '../../../core/custody/shares/own-shares.ts';
import type { LiveUploads } from '../../../core/custody/upload.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { Right } from '../../../core/projects/project.ts';
import { requireRight } from '../../../core/projects/rights.ts';
import type { Refusal } from '../refusals.ts';
import { ArrivalsBranch } from './arrivals-branch.ts';
import { DropBranch } from './drop-branch.ts';
import { type InsideBranch, renameInside } from './rename-inside.ts';
import { ShareBranch } from './share-branch.ts';
import { type Spot, TreeView, viewFolder } from './tree-view.ts';
import type { View } from './view.ts';
import { ARRIVALS, below, OUTBOUND, ROOT, SHARES, splitShare, type VirtualPath } from './virtual-path.ts';

const HINT = 'put working files into /shares, and what is to leave into /outbound';

/**
 * What a person sees inside: `/arrivals`, what has arrived for them; `/shares/<share>`, by right; `/outbound/<share>`,
 * a drop for those who may send out of it. Nobody else sees that one, and who asks for it is told why.
 */
export function insideView(intake: Intake, session: Session, live: LiveUploads): View {
  const arrivals = new ArrivalsBranch(intake, session);
  const sharesWith = (rights: readonly Right[]) => async () => {
    const own = await listOwnShares(intake, session);
    if (!own.ok) return own;
    const shown = own.value.filter((one) => rights.some((right) => one.rights.includes(right)));
    return accept(shown.map(({ share }) => share.name));
  };

  async function find(path: VirtualPath): Promise<Result<Spot<InsideBranch>, Refusal>> {
    if (path === ROOT) return viewFolder(async () => accept([ARRIVALS, SHARES, OUTBOUND]));
    const inArrivals = below(ARRIVALS, path);
    if (inArrivals !== null) return accept({ kind: 'branch', branch: arrivals, path: inArrivals });
    const inShares = below(SHARES, path);
    if (inShares !== null) {
      const split = splitShare(inShares);
      if (split === null) return viewFolder(sharesWith(['read', 'write', 'outbound']));
      const branch = new ShareBranch(intake, session, split.share);
      return accept({ kind: 'branch', branch, path: split.rest });
    }
    const inOutbound = below(OUTBOUND, path);
    if (inOutbound === null) return refuse('not-found');
    const split = splitShare(inOutbound);
    if (split === null) return viewFolder(sharesWith(['outbound']));
    const share = await requireRight(intake.ledger, session.account, split.share, 'outbound');
    if (!share.ok) return share;
    const drop = { owner: session.account, leavesBy: share.value.id };
    const branch = new DropBranch({ intake, session, live }, drop, split.share);
    return accept({ kind: 'branch', branch, path: split.rest });
  }

  const rename = renameInside(intake, session);
  return new TreeView<InsideBranch>(intake, session, { start: ROOT, hint: HINT, find, rename });
}
