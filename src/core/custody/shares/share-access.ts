import type { AccountsLedger } from '../../accounts/ports.ts';
import type { EntryRefusal } from '../../accounts/sign-in.ts';
import type { AccountId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { ProjectsLedger } from '../../projects/ports.ts';
import type { Right, Share, ShareRights } from '../../projects/project.ts';
import { type RightRefusal, requireRight } from '../../projects/rights.ts';

/** Why somebody may not do something in a share. */
export type AccessRefusal = EntryRefusal | RightRefusal;

/** What the question needs of the ledger. */
export type AccessLedger = Pick<AccountsLedger, 'accountById'> & Pick<ProjectsLedger, 'rightsOn'>;

/** Whether a person is active and has a right on an open share now (invariant 10). Asked at every action. */
export async function mayInShare(
  ledger: AccessLedger,
  account: AccountId,
  share: string,
  right: Right,
): Promise<Result<Share, AccessRefusal>> {
  const person = await ledger.accountById(account);
  if (person?.status !== 'active') return refuse('account-disabled');
  return requireRight(ledger, account, share, right);
}

/** Whether a person is active and a member of an open share, with whatever right. */
export async function isMember(
  ledger: AccessLedger,
  account: AccountId,
  share: string,
): Promise<Result<ShareRights, AccessRefusal>> {
  const person = await ledger.accountById(account);
  if (person?.status !== 'active') return refuse('account-disabled');
  const found = await ledger.rightsOn(share, account);
  return found === null ? refuse('share-unknown', `there is no share "${share}" for you`) : accept(found);
}
