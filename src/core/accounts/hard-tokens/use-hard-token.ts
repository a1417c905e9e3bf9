import type { Instant } from '../../kit/clock.ts';
import type { AccountId } from '../../kit/ids.ts';
import type { SignIns } from '../sign-in.ts';
import type { HardToken } from './hard-token.ts';
import { matchCode } from './match-code.ts';

/** Whether a code is of one of a person's hard tokens and was not used; it is used up by that. */
export async function useHardTokenCode(
  { ledger, clock, box }: Pick<SignIns, 'ledger' | 'clock' | 'box'>,
  account: AccountId,
  code: string,
): Promise<boolean> {
  const now = clock.now();
  for (const token of await ledger.hardTokensOf(account)) {
    if (!isInTime(token, now)) continue;
    const place = matchCode(token, box.open(token.sealed, token.id), code, now);
    if (place !== null && (await ledger.useHardToken(token.id, account, place, now))) return true;
  }
  return false;
}

function isInTime({ startsAt, expiresAt }: HardToken, now: Instant): boolean {
  return (startsAt === null || startsAt <= now) && (expiresAt === null || now < expiresAt);
}
