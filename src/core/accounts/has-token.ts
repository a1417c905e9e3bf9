import type { Account } from './account.ts';
import type { HardTokensLedger } from './hard-tokens/ports.ts';
import type { SecurityKeysLedger } from './security-keys/ports.ts';

/** Whether somebody has a token whose codes they can give: a soft one, or a hard one that is not lost. */
export async function hasToken(
  { ledger }: { readonly ledger: Pick<HardTokensLedger, 'hardTokensOf'> },
  { id, hasTotp }: Pick<Account, 'id' | 'hasTotp'>,
): Promise<boolean> {
  return hasTotp || (await ledger.hardTokensOf(id)).length > 0;
}

/**
 * Whether somebody has a token, or a security key in its place, at whatever side: what an emergency code can stand in
 * for, and what is asked of them beside a mailed link.
 */
export async function hasTokenOrKey(
  deps: { readonly ledger: Pick<HardTokensLedger & SecurityKeysLedger, 'hardTokensOf' | 'securityKeysOf'> },
  account: Pick<Account, 'id' | 'hasTotp'>,
): Promise<boolean> {
  return (await hasToken(deps, account)) || (await deps.ledger.securityKeysOf(account.id)).length > 0;
}
