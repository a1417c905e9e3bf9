import { parseId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { AccountsAdmin } from './add-account.ts';
import type { Session } from './sign-in.ts';

/** Revokes an access token of the person of a session. From then on it opens nothing; unfinished uploads are kept. */
export async function revokeOwnToken(
  { ledger, clock }: AccountsAdmin,
  { account, side, door }: Session,
  which: string,
): Promise<Result<undefined, 'not-found'>> {
  const id = parseId('tokn', which);
  if (id === null) return refuse('not-found');
  const at = clock.now();
  const revoked = await ledger.revokeToken(account, id, at, {
    at,
    actor: { kind: 'account', account, side, door },
    event: { type: 'token-revoked', subjects: { account, token: id } },
  });
  return revoked ? accept(undefined) : refuse('not-found');
}
