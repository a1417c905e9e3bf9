import type { AccountId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { ProjectsLedger } from './ports.ts';
import type { Right, Share } from './project.ts';

/**
 * Why somebody may not do something on a share. A share that they are no member of, one that is closed and one that
 * never was are all `share-unknown`: names of other people's studies are nobody's business.
 */
export type RightRefusal = 'share-unknown' | 'no-right';

/**
 * Whether an account has a right on a share now. To be asked at every action, and again by the job that carries it
 * out (invariant 10): what a session saw when it began means nothing.
 */
export async function requireRight(
  ledger: Pick<ProjectsLedger, 'rightsOn'>,
  account: AccountId,
  share: string,
  right: Right,
): Promise<Result<Share, RightRefusal>> {
  const found = await ledger.rightsOn(share, account);
  if (found === null) return refuse('share-unknown', `there is no share "${share}" for you`);
  if (!found.rights.includes(right)) return refuse('no-right', sentenceFor(right, share));
  return accept(found.share);
}

function sentenceFor(right: Right, share: string): string {
  switch (right) {
    case 'read':
      return `you have no right to read in ${share}`;
    case 'write':
      return `you have no right to change anything in ${share}`;
    case 'outbound':
      return `you have no right to send anything out of the haven from ${share}`;
  }
}
