import { type Holdings, hasWayIn, type PortalWays } from '../../core/accounts/ways-in.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, SecurityKeyId } from '../../core/kit/ids.ts';
import type { LedgerDb } from './tables.ts';

/** What somebody would be without. */
interface Without {
  readonly softToken?: true;
  readonly securityKey?: SecurityKeyId;
}

/** Whether somebody who gave something up could still sign in. Asked in the transaction that takes it away. */
export async function leavesWayIn(
  db: LedgerDb,
  account: AccountId,
  at: Instant,
  ways: PortalWays,
  without: Without,
): Promise<boolean> {
  const has = await holdingsOf(db, account, at, without);
  return has !== null && hasWayIn(has, ways);
}

async function holdingsOf(
  db: LedgerDb,
  account: AccountId,
  at: Instant,
  { softToken, securityKey }: Without,
): Promise<Holdings | null> {
  const kept = await db
    .selectFrom('credentials')
    .select((eb) => [
      eb('password_hash', 'is not', null).as('has_password'),
      eb('totp_sealed', 'is not', null).as('has_totp'),
    ])
    .where('account', '=', account)
    .executeTakeFirst();
  if (kept === undefined) return null;
  const rows = await db
    .selectFrom('security_keys')
    .select(['id', 'side', 'rp_id', 'verifies_user'])
    .where('account', '=', account)
    .execute();
  const keys = rows
    .filter(({ id }) => id !== securityKey)
    .map((row) => ({ side: row.side, rpId: row.rp_id, verifiesUser: row.verifies_user === 1 }));
  const hasSoft = Boolean(kept.has_totp) && softToken !== true;
  return {
    hasPassword: Boolean(kept.has_password),
    hasCodes: hasSoft || (await hasHard(db, account, at)),
    keys,
  };
}

async function hasHard(db: LedgerDb, account: AccountId, at: Instant): Promise<boolean> {
  const one = await db
    .selectFrom('hard_tokens')
    .select('id')
    .where('account', '=', account)
    .where('lost_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', at)]))
    .executeTakeFirst();
  return one !== undefined;
}
