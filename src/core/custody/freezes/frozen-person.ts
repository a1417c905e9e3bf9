import type { Account } from '../../accounts/account.ts';
import type { FreezeRecords } from './ports.ts';

/**
 * Whether a freeze names this very person, so that nothing is decided in their name. One on everything does not count
 * here: somebody has to be able to lift it.
 */
export async function isFrozenPerson(
  ledger: Pick<FreezeRecords, 'listFreezes'>,
  { id }: Account,
): Promise<boolean> {
  const live = await ledger.listFreezes(true);
  return live.some(({ target }) => target.kind === 'account' && target.account === id);
}
