import type { Account } from '../accounts/account.ts';
import { type EntryRefusal, mayAct, mayStillAct } from '../accounts/may-act.ts';
import type { Session } from '../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { type RightRefusal, requireRight } from '../projects/rights.ts';
import type { Intake } from './custody.ts';
import type { Drop } from './file.ts';

/** Why somebody may not use a drop. */
export type DropRefusal = EntryRefusal | RightRefusal;

/**
 * Whether the person of a session may use a drop now: their own arrivals while they may act at all, the outbound
 * folder of a share only with the right to send out of it. Every action on a drop asks this first.
 */
export async function mayDrop(
  intake: Intake,
  session: Session,
  drop: Drop,
): Promise<Result<unknown, DropRefusal>> {
  return drop.leavesBy === null
    ? mayStillAct(intake, session)
    : mayLeaveBy(intake, session.account, drop.leavesBy);
}

/** The same for what a job carries out later, on the person as they are then. */
export async function mayLeaveBy(
  intake: Pick<Intake, 'ledger' | 'gates'>,
  account: Account['id'],
  share: NonNullable<Drop['leavesBy']>,
): Promise<Result<void, DropRefusal>> {
  const { ledger } = intake;
  const [person, found] = await Promise.all([mayAct(intake, account), ledger.shareById(share)]);
  if (!person.ok) return person;
  if (found === null) return refuse('share-unknown');
  const right = await requireRight(ledger, account, found.name, 'outbound');
  return right.ok ? accept(undefined) : right;
}
