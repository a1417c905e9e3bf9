import { type Account, parseAccountName } from '../../accounts/account.ts';
import type { Actor } from '../../audit/events.ts';
import type { AccountId } from '../../kit/ids.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import type { Intake } from '../custody.ts';
import { homeOf } from '../shares/ports.ts';
import type { Erased, Ties } from './ports.ts';

/** Why a person is not forgotten. Nothing was changed. */
export type ForgetRefusal = 'not-forgetful' | 'same-person' | 'still-active' | 'still-tied' | 'not-confirmed';

/** Who is to be forgotten, and who says so. */
export interface ForgetRequest {
  readonly person: Account;
  readonly by: Account;
  /** The id of the account, by which they say that they mean it; null to learn what would be done. */
  readonly confirm: string | null;
}

const TIES: Readonly<Record<keyof Ties, string>> = {
  files: 'files in custody',
  projects: 'projects that they own',
  shares: 'shares that they are a member of',
  holds: 'live holds or freezes on or by them',
};

/**
 * Forgets a person: every value that says who they were is erased from the ledger, and overwritten; their id stays where
 * others need it, such as in the audit log, whose rows hold salted commitments only and verify as before. Takes a
 * disabled account without files in custody or duties, an active operator or member of the data team who says so, and
 * a confirmation. It cannot be undone. Afterwards the account is called `forgotten-…`, and the name may be given anew.
 */
export async function forgetPerson(
  { ledger, zones, clock }: Pick<Intake, 'ledger' | 'zones' | 'clock'>,
  actor: Actor,
  { person, by, confirm }: ForgetRequest,
): Promise<Result<Erased, ForgetRefusal>> {
  if (by.role !== 'operator' && by.role !== 'data-team')
    return refuse('not-forgetful', `${by.name} is neither an operator nor of the data team`);
  if (by.id === person.id) return refuse('same-person', 'nobody forgets themselves: another person has to');
  if (person.status !== 'disabled')
    return refuse('still-active', `${person.name} can still sign in; disable the account first`);
  const tied = inWords(await ledger.tiesOf(person.id));
  if (tied !== null) return refuse('still-tied', `${person.name} still has ${tied}`);
  if (confirm !== person.id)
    return refuse(
      'not-confirmed',
      `${person.name} would be forgotten for good; confirm it by --confirm ${person.id}`,
    );
  const shares = await ledger.listShares();
  // Before the name is erased: a folder that is left would keep it, and nobody would know whose it was.
  const homes = [homeOf(person.name, null), ...shares.map(({ name }) => homeOf(person.name, name))];
  for (const home of homes) {
    const zone = home.length === 1 ? zones.arrivals : zones.outbound;
    if (!(await zone.removeHome(home)))
      return refuse('still-tied', `${person.name} still has something in ${home.join('/')} on disk`);
  }
  const erased = await ledger.forgetPerson(person.id, replacementOf(person.id), {
    at: clock.now(),
    actor,
    event: { type: 'account-forgotten', subjects: { account: person.id }, data: { by: by.id } },
  });
  return erased === null
    ? refuse('still-tied', 'something has just changed about this account; nothing was erased, look again')
    : accept(erased);
}

function inWords(ties: Ties): string | null {
  const kinds = Object.keys(TIES) as (keyof Ties)[];
  const said = kinds.filter((kind) => ties[kind] > 0).map((kind) => `${ties[kind]} ${TIES[kind]}`);
  return said.length === 0 ? null : said.join(', ');
}

/** A name that nobody chose, and that no other account can have: the end of the id is random. */
function replacementOf(id: AccountId): Account['name'] {
  const parsed = parseAccountName(`forgotten-${id.slice(-16)}`);
  if (!parsed.ok) throw new Error('an id gives no account name');
  return parsed.value;
}
