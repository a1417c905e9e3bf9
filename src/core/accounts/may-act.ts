import type { AccountId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Account } from './account.ts';
import { doorName, type FreezeScope, type FreezesLedger, requireUnfrozen } from './freeze.ts';
import { type Gates, gateWords } from './gates.ts';
import type { AccountsLedger } from './ports.ts';
import type { Session } from './sign-in.ts';

/** A person who may not be here: their account was disabled or is gone, or a freeze covers them or their door. */
export type PresenceRefusal = 'account-disabled' | 'frozen';

/** A person who may not go on: as above, or a gate of the site is closed to them. */
export type EntryRefusal = PresenceRefusal | 'gate-closed';

/** What the question needs of the ledger. */
export type EntryLedger = Pick<AccountsLedger, 'accountById'> & FreezesLedger;

/** What the question is asked with. */
export interface Entry {
  readonly ledger: EntryLedger;
  readonly gates: Gates;
}

/** Whether the person of a session may still act, as they are now. Every action asks this first. */
export async function mayStillAct(
  entry: Entry,
  session: Pick<Session, 'account' | 'door' | 'side'>,
): Promise<Result<Account, EntryRefusal>> {
  return mayAct(entry, session.account, { door: doorName(session) });
}

/**
 * Whether a person may act now: active, no freeze covers them, and no gate of the site is closed to them (invariant
 * 10). The one place that says so, for doors and jobs alike.
 */
export async function mayAct(
  entry: Entry,
  account: AccountId,
  beside: Omit<FreezeScope, 'account'> = {},
): Promise<Result<Account, EntryRefusal>> {
  const person = await mayBeHere(entry, account, beside);
  if (!person.ok) return person;
  const closed = entry.gates.closedTo(person.value);
  return closed.length === 0 ? person : refuse('gate-closed', gateWords(closed));
}

/**
 * Whether the person of a session may be here, though they may not act: to see what is missing and mend it, to look
 * after their sign-in, and to see what became of their own files. Never asked before bytes are given or taken.
 */
export async function mayStillBeHere(
  entry: Pick<Entry, 'ledger'>,
  session: Pick<Session, 'account' | 'door' | 'side'>,
): Promise<Result<Account, PresenceRefusal>> {
  return mayBeHere(entry, session.account, { door: doorName(session) });
}

async function mayBeHere(
  { ledger }: Pick<Entry, 'ledger'>,
  account: AccountId,
  beside: Omit<FreezeScope, 'account'>,
): Promise<Result<Account, PresenceRefusal>> {
  const person = await ledger.accountById(account);
  if (person?.status !== 'active') return refuse('account-disabled');
  const unfrozen = await requireUnfrozen(ledger, { ...beside, account });
  return unfrozen.ok ? accept(person) : unfrozen;
}
