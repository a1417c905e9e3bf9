import type { Selectable } from 'kysely';
import { type Reconnection, type ReturningVisit, splitMarks } from '../../core/accounts/reconnection.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import { DAY, type Instant } from '../../core/kit/clock.ts';
import type { AccountId, ReconnectionId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb, ReconnectionsTable } from './tables.ts';

/** How long rows are kept after their end: a session that was opened by one asks for it while it lasts. */
const KEPT_AFTER_END = 30 * DAY;

/** Keeps that somebody may come back; what was kept for the same visit is prolonged, with its id. */
export async function keepReconnection(
  db: LedgerDb,
  reconnection: Reconnection,
  audit: readonly AuditRecord[],
): Promise<boolean> {
  const { id, account, side, proofs, source, at, until, usedAt, endedAt } = reconnection;
  const person = await db
    .selectFrom('accounts')
    .select('status')
    .where('id', '=', account)
    .executeTakeFirst();
  const isActive = person?.status === 'active';
  if (isActive) {
    await removeOld(db, account, at - KEPT_AFTER_END);
    const { numUpdatedRows } = await db
      .updateTable('reconnections')
      .set({ at, until })
      .where('account', '=', account)
      .where('side', '=', side)
      .where('proofs', '=', proofs)
      .where('source', '=', source)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) {
      await db
        .insertInto('reconnections')
        .values({ id, account, side, proofs, source, at, until, used_at: usedAt, ended_at: endedAt })
        .execute();
    }
  }
  await appendAudit(db, audit);
  return isActive;
}

/** The live reconnection of a visit. */
export async function reconnectionFor(
  db: LedgerDb,
  { account, side, proofs, source }: ReturningVisit,
  now: Instant,
): Promise<Reconnection | null> {
  const row = await selectLive(db, account, now)
    .where('side', '=', side)
    .where('proofs', '=', proofs)
    .where('source', '=', source)
    .executeTakeFirst();
  return row === undefined ? null : toReconnection(row);
}

/** Marks a live reconnection as used. */
export async function useReconnection(
  db: LedgerDb,
  id: ReconnectionId,
  at: Instant,
  audit: readonly AuditRecord[],
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('reconnections')
    .set({ used_at: at })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('until', '>', at)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await appendAudit(db, audit);
  return true;
}

/** The reconnection of an id, live or not. */
export async function reconnectionById(db: LedgerDb, id: ReconnectionId): Promise<Reconnection | null> {
  const row = await db.selectFrom('reconnections').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toReconnection(row);
}

/** The live reconnections of an account, newest first. */
export async function listReconnections(
  db: LedgerDb,
  account: AccountId,
  now: Instant,
): Promise<readonly Reconnection[]> {
  return (await selectLive(db, account, now).orderBy('id', 'desc').execute()).map(toReconnection);
}

/** Ends those live reconnections of an account, or all. */
export async function endReconnections(
  db: LedgerDb,
  account: AccountId,
  only: ReconnectionId | null,
  at: Instant,
  audit: AuditRecord,
): Promise<number> {
  const live = await selectLive(db, account, at)
    .$if(only !== null, (select) => select.where('id', '=', only))
    .execute();
  if (live.length === 0) return 0;
  await end(db, at, live);
  await appendAudit(db, [audit]);
  return live.length;
}

/** Ends what rests on a key, or on anything of an account. Part of a change that is audited by its caller. */
export async function endRestingOn(
  db: LedgerDb,
  account: AccountId,
  fingerprint: string | null,
  at: () => Instant,
): Promise<void> {
  const rows = await db
    .selectFrom('reconnections')
    .select(['id', 'proofs'])
    .where('account', '=', account)
    .where('ended_at', 'is', null)
    .execute();
  const resting = rows.filter(
    ({ proofs }) => fingerprint === null || splitMarks(proofs).includes(fingerprint),
  );
  if (resting.length > 0) await end(db, at(), resting);
}

async function end(
  db: LedgerDb,
  at: Instant,
  rows: readonly Pick<ReconnectionsTable, 'id'>[],
): Promise<void> {
  const ids = rows.map(({ id }) => id);
  await db.updateTable('reconnections').set({ ended_at: at }).where('id', 'in', ids).execute();
}

async function removeOld(db: LedgerDb, account: AccountId, before: Instant): Promise<void> {
  await db.deleteFrom('reconnections').where('account', '=', account).where('until', '<', before).execute();
}

function selectLive(db: LedgerDb, account: AccountId, now: Instant) {
  return db
    .selectFrom('reconnections')
    .selectAll()
    .where('account', '=', account)
    .where('ended_at', 'is', null)
    .where('until', '>', now);
}

function toReconnection(row: Selectable<ReconnectionsTable>): Reconnection {
  const { id, account, side, proofs, source, at, until } = row;
  return { id, account, side, proofs, source, at, until, usedAt: row.used_at, endedAt: row.ended_at };
}
