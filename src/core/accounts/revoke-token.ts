import { parseId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { AccountsAdmin } from './add-account.ts';
import { hintSecurityMail } from './security-notice.ts';
import type { Session } from './sign-in.ts';

/** Revokes an access token of the person of a session. From then on it opens nothing; unfinished uploads are kept. */
export async function revokeOwnToken(
  deps: AccountsAdmin,
  { account, side, door }: Session,
  which: string,
): Promise<Result<undefined, 'not-found'>> {
  const id = parseId('tokn', which);
  if (id === null) return refuse('not-found');
  const at = deps.clock.now();
  const revoked = await deps.ledger.revokeToken(account, id, at, {
    at,
    actor: { kind: 'account', account, side, door },
    event: { type: 'token-revoked', subjects: { account, token: id } },
  });
  if (!revoked) return refuse('not-found');
  hintSecurityMail(deps, account);
  return accept(undefined);
}
