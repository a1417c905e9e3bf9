import type { Selectable } from 'kysely';
import type { HardToken } from '../../core/accounts/hard-tokens/hard-token.ts';
import type { CodePlace } from '../../core/accounts/hard-tokens/match-code.ts';
import type { HardTokenChange } from '../../core/accounts/hard-tokens/ports.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, HardTokenId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import { dropEmergencyCode } from './emergency-codes.ts';
import type { HardTokensTable } from './key-tables.ts';
import { endRestingOn } from './reconnections.ts';
import type { LedgerDb } from './tables.ts';
import { endAllWebSessions } from './web-sessions.ts';

/** Adds tokens whose serials are new, and returns the serials of the others. */
export async function addHardTokens(
  db: LedgerDb,
  added: readonly { readonly token: HardToken; readonly audit: AuditRecord }[],
): Promise<readonly string[]> {
  const known: string[] = [];
  const records: AuditRecord[] = [];
  for (const { token, audit } of added) {
    if ((await hardTokenBySerial(db, token.serial)) === null) {
      await db.insertInto('hard_tokens').values(toRow(token)).execute();
      records.push(audit);
    } else known.push(token.serial);
  }
  if (records.length > 0) await appendAudit(db, records);
  return known;
}

/** The token of a serial. */
export async function hardTokenBySerial(db: LedgerDb, serial: string): Promise<HardToken | null> {
  const row = await db.selectFrom('hard_tokens').selectAll().where('serial', '=', serial).executeTakeFirst();
  return row === undefined ? null : toToken(row);
}

/** All tokens, by serial. */
export async function listHardTokens(db: LedgerDb): Promise<readonly HardToken[]> {
  return (await db.selectFrom('hard_tokens').selectAll().orderBy('serial').execute()).map(toToken);
}

/** The tokens of a person that are not lost. */
export async function hardTokensOf(db: LedgerDb, account: AccountId): Promise<readonly HardToken[]> {
  const rows = await db
    .selectFrom('hard_tokens')
    .selectAll()
    .where('account', '=', account)
    .where('lost_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map(toToken);
}

/** Changes a token that still is as it was seen, and ends what it may have opened. */
export async function changeHardToken(
  db: LedgerDb,
  from: Pick<HardToken, 'id' | 'account' | 'lostAt' | 'usedUpTo'>,
  change: HardTokenChange,
  audit: AuditRecord,
): Promise<boolean> {
  const { account, assignedAt, lostAt, place, keepSession = null } = change;
  const { numUpdatedRows } = await db
    .updateTable('hard_tokens')
    .set({
      ...(account !== undefined && { account }),
      ...(assignedAt !== undefined && { assigned_at: assignedAt }),
      ...(lostAt !== undefined && { lost_at: lostAt }),
      ...(place !== undefined && { used_up_to: place.position, drift: place.drift }),
    })
    .where('id', '=', from.id)
    .where('account', from.account === null ? 'is' : '=', from.account)
    .where('lost_at', from.lostAt === null ? 'is' : '=', from.lostAt)
    .where('used_up_to', '=', from.usedUpTo)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  if (from.account !== null && place === undefined) {
    await endRestingOn(db, from.account, null, () => audit.at);
    await endAllWebSessions(db, from.account, keepSession, () => audit.at);
    await dropEmergencyCode(db, from.account);
  }
  await appendAudit(db, [audit]);
  return true;
}

/** Marks a code as used, and all before it; false when it was, or when the token is theirs no more. */
export async function useHardToken(
  db: LedgerDb,
  id: HardTokenId,
  account: AccountId,
  { position, drift }: CodePlace,
  at: Instant,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('hard_tokens')
    .set({ used_up_to: position, drift, last_used_at: at })
    .where('id', '=', id)
    .where('account', '=', account)
    .where('lost_at', 'is', null)
    .where('used_up_to', '<', position)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

function toRow(token: HardToken): HardTokensTable {
  const { id, serial, manufacturer, kind, hash, digits, period, sealed, account, drift } = token;
  return {
    id,
    serial,
    manufacturer,
    kind,
    hash,
    digits,
    period,
    sealed,
    account,
    drift,
    used_up_to: token.usedUpTo,
    starts_at: token.startsAt,
    expires_at: token.expiresAt,
    imported_at: token.importedAt,
    assigned_at: token.assignedAt,
    last_used_at: token.lastUsedAt,
    lost_at: token.lostAt,
  };
}

function toToken(row: Selectable<HardTokensTable>): HardToken {
  const { id, serial, manufacturer, kind, hash, digits, period, sealed, account, drift } = row;
  return {
    id,
    serial,
    manufacturer,
    kind,
    hash,
    digits,
    period,
    sealed,
    account,
    drift,
    usedUpTo: row.used_up_to,
    startsAt: row.starts_at,
    expiresAt: row.expires_at,
    importedAt: row.imported_at,
    assignedAt: row.assigned_at,
    lastUsedAt: row.last_used_at,
    lostAt: row.lost_at,
  };
}
