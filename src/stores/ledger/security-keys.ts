import type { Selectable } from 'kysely';
import type { Side } from '../../core/accounts/account.ts';
import type { KeyChallenge, SecurityKey } from '../../core/accounts/security-keys/security-key.ts';
import type { PortalWays } from '../../core/accounts/ways-in.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import type { AccountId, SecurityKeyId, SessionId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import { dropEmergencyCode } from './emergency-codes.ts';
import { leavesWayIn } from './holdings.ts';
import type { KeyChallengesTable, SecurityKeysTable } from './key-tables.ts';
import { endOpen } from './mailed-proofs.ts';
import type { LedgerDb } from './tables.ts';
import { endActivation, endAllWebSessions, isOpenWebSession } from './web-sessions.ts';

/** Keeps a challenge, and forgets what is over, and the oldest of the same source beyond `most`. */
export async function keepChallenge(
  db: LedgerDb,
  challenge: KeyChallenge,
  now: Instant,
  most: number,
): Promise<void> {
  await db.deleteFrom('key_challenges').where('until', '<=', now).execute();
  const { rpId, ...rest } = challenge;
  await db
    .insertInto('key_challenges')
    .values({ ...rest, rp_id: rpId })
    .execute();
  const tooMany = db
    .selectFrom('key_challenges')
    .select('digest')
    .where('source', '=', challenge.source)
    .orderBy('until', 'desc')
    .orderBy('digest')
    .limit(1_000)
    .offset(most);
  await db.deleteFrom('key_challenges').where('digest', 'in', tooMany).execute();
}

/** The challenge of a digest whose time is not over. */
export async function findChallenge(
  db: LedgerDb,
  digest: Sha256,
  now: Instant,
): Promise<KeyChallenge | null> {
  const row = await db
    .selectFrom('key_challenges')
    .selectAll()
    .where('digest', '=', digest)
    .where('until', '>', now)
    .executeTakeFirst();
  return row === undefined ? null : toChallenge(row);
}

/** Takes a challenge away; null when somebody has, or its time is over. */
export async function takeChallenge(
  db: LedgerDb,
  digest: Sha256,
  now: Instant,
): Promise<KeyChallenge | null> {
  const row = await db
    .deleteFrom('key_challenges')
    .where('digest', '=', digest)
    .returningAll()
    .executeTakeFirst();
  return row === undefined || row.until <= now ? null : toChallenge(row);
}

/** Adds a key. One that somebody has violates the unique index of `security_keys`. */
export async function addSecurityKey(
  db: LedgerDb,
  key: SecurityKey,
  audit: readonly AuditRecord[],
  madeIn?: { readonly session: SessionId; readonly isEnough: boolean },
): Promise<'added' | 'session-over'> {
  if (madeIn !== undefined && !(await isOpenWebSession(db, madeIn.session))) return 'session-over';
  const { id, account, side, counter, name } = key;
  if (madeIn?.isEnough === true && (await endActivation(db, madeIn.session)))
    await endOpen(db, account, () => key.addedAt);
  await db
    .insertInto('security_keys')
    .values({
      id,
      account,
      side,
      counter,
      name,
      rp_id: key.rpId,
      credential_id: key.credentialId,
      public_key: key.publicKey,
      transports: key.transports.join(','),
      verifies_user: key.verifiesUser ? 1 : 0,
      added_at: key.addedAt,
      last_used_at: key.lastUsedAt,
    })
    .execute();
  await appendAudit(db, audit);
  return 'added';
}

/** The keys of a person, oldest first. */
export async function securityKeysOf(db: LedgerDb, account: AccountId): Promise<readonly SecurityKey[]> {
  const rows = await db
    .selectFrom('security_keys')
    .selectAll()
    .where('account', '=', account)
    .orderBy('id')
    .execute();
  return rows.map(toKey);
}

/** The key of a credential at a relying party of a side. */
export async function securityKeyByCredential(
  db: LedgerDb,
  side: Side,
  rpId: string,
  credentialId: string,
): Promise<SecurityKey | null> {
  const row = await db
    .selectFrom('security_keys')
    .selectAll()
    .where('side', '=', side)
    .where('rp_id', '=', rpId)
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
  return row === undefined ? null : toKey(row);
}

/** Notes that a key was used, unless another use came first. */
export async function useSecurityKey(
  db: LedgerDb,
  id: SecurityKeyId,
  counter: { readonly from: number; readonly to: number },
  at: Instant,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('security_keys')
    .set({ counter: counter.to, last_used_at: at })
    .where('id', '=', id)
    .where('counter', '=', counter.from)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Removes a key of a person, and ends the sessions of their browsers but one, and the emergency code. */
export async function removeSecurityKey(
  db: LedgerDb,
  account: AccountId,
  id: SecurityKeyId,
  keepSession: SessionId | null,
  leaveWayIn: PortalWays | null,
  audit: AuditRecord,
): Promise<'removed' | 'absent' | 'no-way-in'> {
  const has = await db
    .selectFrom('security_keys')
    .select('id')
    .where('account', '=', account)
    .where('id', '=', id)
    .executeTakeFirst();
  if (has === undefined) return 'absent';
  if (leaveWayIn !== null && !(await leavesWayIn(db, account, audit.at, leaveWayIn, { securityKey: id })))
    return 'no-way-in';
  await db.deleteFrom('security_keys').where('id', '=', id).execute();
  await endAllWebSessions(db, account, keepSession, () => audit.at);
  await dropEmergencyCode(db, account);
  await appendAudit(db, [audit]);
  return 'removed';
}

/** Removes all keys of a person; false, and none is, when they have others by now. Part of a change of its caller. */
export async function removeAllSecurityKeys(
  db: LedgerDb,
  account: AccountId,
  expected: readonly SecurityKeyId[],
): Promise<boolean> {
  const has = await db.selectFrom('security_keys').select('id').where('account', '=', account).execute();
  if (has.length !== expected.length || has.some(({ id }) => !expected.includes(id))) return false;
  await db.deleteFrom('security_keys').where('account', '=', account).execute();
  return true;
}

function toChallenge(row: Selectable<KeyChallengesTable>): KeyChallenge {
  const { rp_id: rpId, ...rest } = row;
  return { ...rest, rpId };
}

function toKey(row: Selectable<SecurityKeysTable>): SecurityKey {
  const { id, account, side, counter, name } = row;
  return {
    id,
    account,
    side,
    counter,
    name,
    rpId: row.rp_id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    transports: row.transports === '' ? [] : row.transports.split(','),
    verifiesUser: row.verifies_user === 1,
    addedAt: row.added_at,
    lastUsedAt: row.last_used_at,
  };
}
