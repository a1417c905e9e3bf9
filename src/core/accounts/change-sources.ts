import type { Actor } from '../audit/events.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Account } from './account.ts';
import type { AccountsAdmin } from './add-account.ts';
import { findAccount, type UnknownAccount } from './change-account.ts';
import { hintSecurityMail } from './security-notice.ts';
import { parseSourceRange, type SourceRange } from './source-ranges.ts';

/** Why the sources of an account stay as they are. */
export type SourcesRefusal = UnknownAccount | 'source-range-invalid';

/**
 * Sets where a person may come from: ranges in CIDR notation, or none for anywhere. Holds for every door from the
 * next sign-in on; SFTP sessions from elsewhere are ended within a second or two.
 */
export async function setSources(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  ranges: readonly string[],
): Promise<Result<Account, SourcesRefusal>> {
  const sources = new Set<SourceRange>();
  for (const text of ranges) {
    const range = parseSourceRange(text);
    if (!range.ok) return range;
    sources.add(range.value);
  }
  const account = await findAccount(deps, name);
  if (!account.ok) return account;
  const { id } = account.value;
  const list = [...sources];
  const event = {
    type: 'sources-changed',
    subjects: { account: id },
    data: { ranges: list.length },
    personal: { sources: list.join(' ') },
  } as const;
  await deps.ledger.changeCredentials(id, { sources: list }, [{ at: deps.clock.now(), actor, event }]);
  hintSecurityMail(deps, id);
  const after = await deps.ledger.accountById(id);
  return after === null ? refuse('account-unknown') : accept(after);
}
