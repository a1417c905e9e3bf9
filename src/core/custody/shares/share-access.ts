import { type Entry, type EntryLedger, type EntryRefusal, mayAct } from '../../accounts/may-act.ts';
import type { AccountId } from '../../kit/ids.ts';
import type { Result } from '../../kit/result.ts';
import type { ProjectsLedger } from '../../projects/ports.ts';
import type { Right, Share, ShareRights } from '../../projects/project.ts';
import { type RightRefusal, requireMember, requireRight } from '../../projects/rights.ts';

/** Why somebody may not do something in a share. */
export type AccessRefusal = EntryRefusal | RightRefusal;

/** What the question is asked with. */
export interface AccessEntry extends Entry {
  readonly ledger: EntryLedger & Pick<ProjectsLedger, 'rightsOn'>;
}

/** Whether a person is active and has a right on an open share now (invariant 10). Asked at every action. */
export async function mayInShare(
  entry: AccessEntry,
  account: AccountId,
  share: string,
  right: Right,
): Promise<Result<Share, AccessRefusal>> {
  const person = await mayAct(entry, account);
  if (!person.ok) return person;
  return requireRight(entry.ledger, account, share, right);
}

/** Whether a person is active and a member of an open share, with whatever right. */
export async function isMember(
  entry: AccessEntry,
  account: AccountId,
  share: string,
): Promise<Result<ShareRights, AccessRefusal>> {
  const person = await mayAct(entry, account);
  return person.ok ? requireMember(entry.ledger, account, share) : person;
}
