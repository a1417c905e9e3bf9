import type { Selectable } from 'kysely';
import { type AccessToken, TOKEN_SCOPES } from '../../core/accounts/account.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import { type Instant, MINUTE } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import type { AccountId, TokenId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { AccessTokensTable, LedgerDb } from './tables.ts';

/** Adds a token, its secret only as a digest. */
export async function addToken(
  db: LedgerDb,
  token: AccessToken,
  secretDigest: Sha256,
  audit: readonly AuditRecord[],
): Promise<void> {
  await db
    .insertInto('access_tokens')
    .values({
      id: token.id,
      account: token.account,
      scopes: token.scopes.join(','),
      side: token.side,
      secret_digest: secretDigest,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      revoked_at: token.revokedAt,
      last_used_at: token.lastUsedAt,
      upload: token.upload,
    })
    .execute();
  await appendAudit(db, audit);
}

/** A token and its digest, whether it is live or not. */
export async function tokenById(
  db: LedgerDb,
  id: TokenId,
): Promise<{ readonly token: AccessToken; readonly secretDigest: Sha256 } | null> {
  const row = await db.selectFrom('access_tokens').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return null;
  return { token: toToken(row), secretDigest: row.secret_digest };
}

/** Remembers the last use, to the minute: a token in steady use costs one write a minute. */
export async function touchToken(db: LedgerDb, id: TokenId, at: Instant): Promise<void> {
  await db
    .updateTable('access_tokens')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', at - MINUTE)]))
    .execute();
}

/** Revokes the live tokens of an account. Part of a change that is audited by its caller. */
export async function revokeTokens(db: LedgerDb, account: AccountId, at: Instant): Promise<void> {
  await db
    .updateTable('access_tokens')
    .set({ revoked_at: at })
    .where('account', '=', account)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .execute();
}

/** The live tokens that a person keeps, newest first. */
export async function listTokens(
  db: LedgerDb,
  account: AccountId,
  now: Instant,
): Promise<readonly AccessToken[]> {
  const rows = await db
    .selectFrom('access_tokens')
    .selectAll()
    .where('account', '=', account)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .where('upload', 'is', null)
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toToken);
}

/** Revokes one live token of an account. */
export async function revokeToken(
  db: LedgerDb,
  account: AccountId,
  id: TokenId,
  at: Instant,
  audit: AuditRecord,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('access_tokens')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('account', '=', account)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await appendAudit(db, [audit]);
  return true;
}

function toToken(row: Selectable<AccessTokensTable>): AccessToken {
  const scopes = row.scopes.split(',');
  return {
    id: row.id,
    account: row.account,
    scopes: TOKEN_SCOPES.filter((scope) => scopes.includes(scope)),
    side: row.side,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    upload: row.upload,
  };
}
