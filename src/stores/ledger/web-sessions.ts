import type { Selectable } from 'kysely';
import type { WebSession } from '../../core/accounts/web-session.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import { DAY, type Instant } from '../../core/kit/clock.ts';
import type { Sha256 } from '../../core/kit/digest.ts';
import type { AccountId, SessionId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb, WebSessionsTable } from './tables.ts';

/** How long rows are kept after their end. What they were is in the audit. */
const KEPT_AFTER_END = 30 * DAY;

/** Keeps the session of a browser, and forgets old ones of the account. */
export async function addWebSession(db: LedgerDb, session: WebSession, secretDigest: Sha256): Promise<void> {
  const { account, createdAt } = session;
  await db
    .deleteFrom('web_sessions')
    .where('account', '=', account)
    .where('until', '<', createdAt - KEPT_AFTER_END)
    .execute();
  await insert(db, session, secretDigest);
}

/** Ends one live session and keeps the new one in its place. */
export async function renewWebSession(
  db: LedgerDb,
  from: SessionId,
  session: WebSession,
  secretDigest: Sha256,
  audit: AuditRecord,
): Promise<boolean> {
  const live = await selectLive(db, session.account, audit.at).where('id', '=', from).execute();
  if (live.length === 0) return false;
  await end(db, audit.at, live);
  await insert(db, session, secretDigest);
  await appendAudit(db, [audit]);
  return true;
}

/** The session of an id and the digest of its secret, live or not. */
export async function webSessionById(
  db: LedgerDb,
  id: SessionId,
): Promise<{ readonly session: WebSession; readonly secretDigest: Sha256 } | null> {
  const row = await db.selectFrom('web_sessions').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : { session: toSession(row), secretDigest: row.secret_digest };
}

/** The sessions of an account that may still be used, newest first. */
export async function listWebSessions(
  db: LedgerDb,
  account: AccountId,
  now: Instant,
): Promise<readonly WebSession[]> {
  return (await selectLive(db, account, now).orderBy('id', 'desc').execute()).map(toSession);
}

/** Remembers when a session was last used. */
export async function touchWebSession(db: LedgerDb, id: SessionId, at: Instant): Promise<void> {
  await db
    .updateTable('web_sessions')
    .set({ seen_at: at })
    .where('id', '=', id)
    .where('seen_at', '<', at)
    .execute();
}

/** Ends one live session of an account, or all but one. */
export async function endWebSessions(
  db: LedgerDb,
  account: AccountId,
  which: { readonly only: SessionId } | { readonly except: SessionId },
  at: Instant,
  audit: AuditRecord,
): Promise<number> {
  const live = await selectLive(db, account, at).execute();
  const chosen = live.filter(({ id }) => ('only' in which ? id === which.only : id !== which.except));
  if (chosen.length === 0) return 0;
  await end(db, at, chosen);
  await appendAudit(db, [audit]);
  return chosen.length;
}

/** Ends all sessions of an account, but for `except`. Part of a change that is audited by its caller. */
export async function endAllWebSessions(
  db: LedgerDb,
  account: AccountId,
  except: SessionId | null,
  at: () => Instant,
): Promise<void> {
  const open = db.selectFrom('web_sessions').select('id').where('account', '=', account);
  const rows = (await open.where('ended_at', 'is', null).execute()).filter(({ id }) => id !== except);
  if (rows.length > 0) await end(db, at(), rows);
}

/** The person has a token again, or at last: a session that went on without one is like every other. */
export async function endWithoutToken(db: LedgerDb, id: SessionId): Promise<void> {
  await db
    .updateTable('web_sessions')
    .set({ in_emergency: 0, in_activation: 0 })
    .where('id', '=', id)
    .execute();
}

/** Whoever was invited has what they sign in with: the session goes on like every other. False when it did before. */
export async function endActivation(db: LedgerDb, id: SessionId): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('web_sessions')
    .set({ in_activation: 0 })
    .where('id', '=', id)
    .where('in_activation', '=', 1)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Whether a session was not ended. Asked by what rests on it, in its own transaction. */
export async function isOpenWebSession(db: LedgerDb, id: SessionId): Promise<boolean> {
  const open = db.selectFrom('web_sessions').select('id').where('id', '=', id).where('ended_at', 'is', null);
  return (await open.executeTakeFirst()) !== undefined;
}

async function insert(db: LedgerDb, session: WebSession, secretDigest: Sha256): Promise<void> {
  const { id, account, side, source, createdAt, seenAt, until, endedAt, provenAt } = session;
  await db
    .insertInto('web_sessions')
    .values({
      id,
      account,
      side,
      source,
      secret_digest: secretDigest,
      created_at: createdAt,
      seen_at: seenAt,
      until,
      ended_at: endedAt,
      in_emergency: session.inEmergency ? 1 : 0,
      in_activation: session.inActivation ? 1 : 0,
      proven_at: provenAt,
    })
    .execute();
}

async function end(db: LedgerDb, at: Instant, rows: readonly Pick<WebSessionsTable, 'id'>[]): Promise<void> {
  const ids = rows.map(({ id }) => id);
  await db.updateTable('web_sessions').set({ ended_at: at }).where('id', 'in', ids).execute();
}

function selectLive(db: LedgerDb, account: AccountId, now: Instant) {
  return db
    .selectFrom('web_sessions')
    .selectAll()
    .where('account', '=', account)
    .where('until', '>', now)
    .where('ended_at', 'is', null);
}

function toSession(row: Selectable<WebSessionsTable>): WebSession {
  const { id, account, side, source, until } = row;
  const times = { createdAt: row.created_at, seenAt: row.seen_at, endedAt: row.ended_at };
  const without = { inEmergency: row.in_emergency === 1, inActivation: row.in_activation === 1 };
  return { id, account, side, source, until, ...times, ...without, provenAt: row.proven_at };
}
