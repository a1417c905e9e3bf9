import type { Account } from './account.ts';
import type { HardTokensLedger } from './hard-tokens/ports.ts';

/** Whether somebody has a token whose codes they can give: a soft one, or a hard one that is not lost. */
export async function hasToken(
  { ledger }: { readonly ledger: Pick<HardTokensLedger, 'hardTokensOf'> },
  { id, hasTotp }: Pick<Account, 'id' | 'hasTotp'>,
): Promise<boolean> {
  return hasTotp || (await ledger.hardTokensOf(id)).length > 0;
}
