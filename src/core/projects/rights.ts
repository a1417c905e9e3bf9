import { type FreezesLedger, requireUnfrozen } from '../accounts/freeze.ts';
import type { AccountId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { ProjectsLedger } from './ports.ts';
import type { Right, Share, ShareRights } from './project.ts';

/**
 * Why somebody may not do something on a share. A share that they are no member of, one that is closed and one that
 * never was are all `share-unknown`: names of other people's studies are nobody's business. `frozen`: its project is,
 * or everything.
 */
export type RightRefusal = 'share-unknown' | 'no-right' | 'frozen';

/** What the question needs of the ledger. */
export type RightsLedger = Pick<ProjectsLedger, 'rightsOn'> & FreezesLedger;

/**
 * Whether an account has a right on a share now. To be asked at every action, and again by the job that carries it
 * out (invariant 10): what a session saw when it began means nothing.
 */
export async function requireRight(
  ledger: RightsLedger,
  account: AccountId,
  share: string,
  right: Right,
): Promise<Result<Share, RightRefusal>> {
  const member = await requireMember(ledger, account, share);
  if (!member.ok) return member;
  if (!member.value.rights.includes(right)) return refuse('no-right', sentenceFor(right, share));
  return accept(member.value.share);
}

/** Whether an account is a member of an open share now, with whatever right, and its project is not frozen. */
export async function requireMember(
  ledger: RightsLedger,
  account: AccountId,
  share: string,
): Promise<Result<ShareRights, 'share-unknown' | 'frozen'>> {
  const found = await ledger.rightsOn(share, account);
  if (found === null) return refuse('share-unknown', `there is no share "${share}" for you`);
  const unfrozen = await requireUnfrozen(ledger, { share: found.share.id });
  return unfrozen.ok ? accept(found) : unfrozen;
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
