import type { AccountId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Account } from './account.ts';
import { doorName, type FreezeScope, type FreezesLedger, requireUnfrozen } from './freeze.ts';
import type { AccountsLedger } from './ports.ts';
import type { Session } from './sign-in.ts';

/** A person who may not go on: their account was disabled or is gone, or a freeze covers them or their door. */
export type EntryRefusal = 'account-disabled' | 'frozen';

/** What the question needs of the ledger. */
export type EntryLedger = Pick<AccountsLedger, 'accountById'> & FreezesLedger;

/** Whether the person of a session may still act, as they are now. Every action asks this first. */
export async function mayStillAct(
  ledger: EntryLedger,
  session: Pick<Session, 'account' | 'door' | 'side'>,
): Promise<Result<Account, EntryRefusal>> {
  return mayAct(ledger, session.account, { door: doorName(session) });
}

/**
 * Whether a person may act now: active, and no freeze covers them (invariant 10). The one place that says so, for
 * doors and jobs alike.
 */
export async function mayAct(
  ledger: EntryLedger,
  account: AccountId,
  beside: Omit<FreezeScope, 'account'> = {},
): Promise<Result<Account, EntryRefusal>> {
  const person = await ledger.accountById(account);
  if (person?.status !== 'active') return refuse('account-disabled');
  const unfrozen = await requireUnfrozen(ledger, { ...beside, account });
  return unfrozen.ok ? accept(person) : unfrozen;
}
