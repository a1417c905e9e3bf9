import type { Account, AccountName } from '../../accounts/account.ts';
import type { Actor } from '../../audit/events.ts';
import type { Millis } from '../../kit/clock.ts';
import type { FileId } from '../../kit/ids.ts';
import { systemActor } from '../actors.ts';
import type { Intake } from '../custody.ts';
import { createLooks, type Looks } from './looks.ts';
import type { FoundFile, FoundFolder } from './ports.ts';

/** The site's rules for drives. */
export interface DrivesPolicy {
  /** How long something has to stay as it is before it is believed. */
  readonly grace: Millis;
  /** Which account a user of the mounted drives is, by uid. Empty where nobody is known. */
  readonly users: ReadonlyMap<number, AccountName>;
}

/** What a rescan remembers of one person's Arrivals until the next. Small, and lost without harm. */
export interface HomeMemory {
  readonly missing: Looks;
  readonly strangers: Looks;
  /** Files that others can write to, as they were when their bytes were last known to be those of the ledger. */
  readonly known: Map<FileId, string>;
  /** What was said in the log, so that it is said once. */
  readonly told: Set<string>;
}

/** One rescan under way. */
export interface Rescan {
  readonly intake: Intake;
  readonly policy: DrivesPolicy;
  readonly owner: Account;
  readonly memory: HomeMemory;
  /** Told of every folder that is found, for those who watch. */
  readonly seeFolder: (folder: FoundFolder) => void;
}

/** How many things are said of one home before silence. */
const MOST_TOLD = 1000;

/** An empty memory. */
export function createHomeMemory({ clock }: Pick<Intake, 'clock'>, { grace }: DrivesPolicy): HomeMemory {
  return {
    missing: createLooks(clock, grace),
    strangers: createLooks(clock, grace),
    known: new Map(),
    told: new Set(),
  };
}

/** True for the first time that this is said of a home. */
export function isNews({ told }: HomeMemory, what: string): boolean {
  if (told.has(what) || told.size >= MOST_TOLD) return false;
  told.add(what);
  return true;
}

/** Who did it, as far as the owner of a found file says so, and how sure that is: for the audit. */
export async function whoDid(
  { intake, policy }: Pick<Rescan, 'intake' | 'policy'>,
  found: FoundFile | null,
): Promise<{ readonly actor: Actor; readonly by: 'unknown' | 'uid' }> {
  const name = found === null ? undefined : policy.users.get(found.uid);
  const account = name === undefined ? null : await intake.ledger.accountByName(name);
  if (account === null) return { actor: systemActor('drives'), by: 'unknown' };
  return { actor: { kind: 'account', account: account.id, side: 'inside', door: 'drives' }, by: 'uid' };
}
