import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import { arrivalsDrop } from '../../../core/custody/file.ts';
import { listOutboundShares } from '../../../core/custody/outbound/outbound-view.ts';
import type { LiveUploads } from '../../../core/custody/upload.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import { DropBranch } from './drop-branch.ts';
import { ReleasedBranch } from './released-branch.ts';
import { type Place, type Spot, TreeView, viewFolder } from './tree-view.ts';
import type { View } from './view.ts';
import { ARRIVALS, below, OUTBOUND, ROOT, splitShare, type VirtualPath } from './virtual-path.ts';

const HINT = 'put files and folders into /arrivals';

type OutsideBranch = DropBranch | ReleasedBranch;

/**
 * What a person sees outside: `/arrivals`, their own drop, and `/outbound/<share>`, what was released to them. A
 * session that may not read sees the drop alone.
 */
export function outsideView(intake: Intake, session: Session, live: LiveUploads): View {
  const mayRead = session.scopes?.includes('read') ?? true;
  const arrivals = new DropBranch({ intake, session, live }, arrivalsDrop(session.account));

  async function find(path: VirtualPath): Promise<Result<Spot<OutsideBranch>, Refusal>> {
    if (path === ROOT) return viewFolder(async () => accept(mayRead ? [ARRIVALS, OUTBOUND] : [ARRIVALS]));
    const inArrivals = below(ARRIVALS, path);
    if (inArrivals !== null) return accept({ kind: 'branch', branch: arrivals, path: inArrivals });
    const inOutbound = below(OUTBOUND, path);
    if (inOutbound === null) return refuse('not-found');
    if (!mayRead) return refuse('only-uploads');
    const split = splitShare(inOutbound);
    if (split === null) return viewFolder(() => listOutboundShares(intake, session));
    const branch = new ReleasedBranch(intake, session, split.share);
    return accept({ kind: 'branch', branch, path: split.rest });
  }

  return new TreeView<OutsideBranch>(intake, session, { start: ARRIVALS, hint: HINT, find, rename });
}

async function rename(from: Place<OutsideBranch>, to: Place<OutsideBranch>): Promise<Result<void, Refusal>> {
  if (from.branch.kind === 'released' || to.branch.kind === 'released') return refuse('only-released');
  return from.branch.rename(from.path, to.path);
}
