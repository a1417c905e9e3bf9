import type { Actor } from '../audit/events.ts';
import { parseId, type ReconnectionId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { AccountsAdmin } from './add-account.ts';
import { findAccount, type UnknownAccount } from './change-account.ts';
import type { Reconnection } from './reconnection.ts';
import { hintSecurityMail } from './security-notice.ts';

/** Why no reconnection was ended. */
export type EndRefusal = UnknownAccount | 'reconnection-unknown';

/** Who may come back as an account without a new code, newest first. */
export async function listReconnections(
  deps: AccountsAdmin,
  name: string,
): Promise<Result<readonly Reconnection[], UnknownAccount>> {
  const account = await findAccount(deps, name);
  if (!account.ok) return account;
  return accept(await deps.ledger.listReconnections(account.value.id, deps.clock.now()));
}

/**
 * Ends one reconnection of an account, or all, and returns how many it were. Sessions that one has opened are ended
 * within a second or two; those that were opened with a code go on. Ending all is idempotent.
 */
export async function endReconnections(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  only: string | null,
): Promise<Result<number, EndRefusal>> {
  const account = await findAccount(deps, name);
  if (!account.ok) return account;
  const unknown = refuse('reconnection-unknown', `${name} has no live reconnection "${only}"`);
  const id: ReconnectionId | null = only === null ? null : parseId('reco', only);
  if (only !== null && id === null) return unknown;
  const at = deps.clock.now();
  const event = {
    type: 'reconnections-ended',
    subjects: { account: account.value.id },
    data: { reconnection: id ?? 'all' },
  } as const;
  const ended = await deps.ledger.endReconnections(account.value.id, id, at, { at, actor, event });
  if (ended > 0) hintSecurityMail(deps, account.value.id);
  return ended === 0 && only !== null ? unknown : accept(ended);
}
