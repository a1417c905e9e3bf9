import type { Selectable } from 'kysely';
import type { Forgetting, GuardRecord, GuardRow, Subject } from '../../core/accounts/guard/ports.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import { appendAudit } from './audit-log.ts';
import { readMark, writeMark } from './marks.ts';
import type { GuardScoresTable, LedgerDb } from './tables.ts';

const MILLI = 1000;

/** The mark of the newest revision. */
const REVISION = 'guard-revision';

/** How many rows above the most are forgotten at once. */
const MOST_FORGOTTEN = 10_000;

/** The rows that were written after a revision, oldest first. */
export async function guardRowsAfter(
  db: LedgerDb,
  revision: number,
  limit: number,
): Promise<readonly GuardRecord[]> {
  const rows = await db
    .selectFrom('guard_scores')
    .selectAll()
    .where('revision', '>', revision)
    .orderBy('revision')
    .limit(limit)
    .execute();
  const last = rows.at(-1);
  if (last === undefined || rows.length < limit) return rows.map(toRecord);
  // One save has one revision: all of it, or the next read would begin behind it.
  const rest = await db
    .selectFrom('guard_scores')
    .selectAll()
    .where('revision', '=', last.revision)
    .execute();
  return [...rows.filter((row) => row.revision < last.revision), ...rest].map(toRecord);
}

/** Writes rows that are still as they were read, or none of them. */
export async function saveGuardRows(
  db: LedgerDb,
  rows: readonly (GuardRow & { readonly expected: number })[],
  forgetting: Forgetting | null,
  audit: readonly AuditRecord[],
): Promise<
  | { readonly saved: true; readonly revision: number }
  | { readonly saved: false; readonly newer: readonly GuardRecord[] }
> {
  const newer: GuardRecord[] = [];
  for (const { source, account, expected } of rows) {
    const found = await findRow(db, { source, account });
    if (found !== undefined && found.revision !== expected) newer.push(toRecord(found));
  }
  if (newer.length > 0) return { saved: false, newer };
  const revision = rows.length === 0 ? await newestRevision(db) : await nextRevision(db);
  for (const row of rows) await writeRow(db, row, revision);
  if (forgetting !== null) await forget(db, forgetting);
  await appendAudit(db, audit);
  return { saved: true, revision };
}

/** Makes clean the scores of a source and of accounts from there, or of an account from everywhere. */
export async function liftScores(
  db: LedgerDb,
  { source, account }: Subject,
  audit: AuditRecord,
): Promise<number> {
  const revision = await nextRevision(db);
  const { numUpdatedRows } = await db
    .updateTable('guard_scores')
    .set({ millipoints: 0, bans: 0, banned_until: 0, revision })
    .where('millipoints', '>', 0)
    .$if(source !== '', (update) => update.where('source', '=', source))
    .$if(account !== '', (update) => update.where('account', '=', account))
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await appendAudit(db, [audit]);
  return Number(numUpdatedRows);
}

/** Kept apart from the rows, so that it goes on when the newest of them are forgotten. */
async function newestRevision(db: LedgerDb): Promise<number> {
  return Number((await readMark(db, REVISION)) ?? 0);
}

async function nextRevision(db: LedgerDb): Promise<number> {
  const next = (await newestRevision(db)) + 1;
  await writeMark(db, REVISION, String(next));
  return next;
}

function findRow(db: LedgerDb, { source, account }: Subject) {
  return db
    .selectFrom('guard_scores')
    .selectAll()
    .where('source', '=', source)
    .where('account', '=', account)
    .executeTakeFirst();
}

async function writeRow(
  db: LedgerDb,
  { source, account, score, knownAt }: GuardRow,
  revision: number,
): Promise<void> {
  const values = {
    millipoints: Math.round(score.points * MILLI),
    at: score.at,
    bans: score.bans,
    banned_until: score.bannedUntil,
    known_at: knownAt,
    revision,
  };
  await db
    .insertInto('guard_scores')
    .values({ source, account, ...values })
    .onConflict((conflict) => conflict.columns(['source', 'account']).doUpdateSet(values))
    .execute();
}

async function forget(db: LedgerDb, { scoresBefore, knownBefore, most }: Forgetting): Promise<void> {
  await db
    .deleteFrom('guard_scores')
    .where('at', '<', scoresBefore)
    .where((eb) => eb.or([eb('known_at', 'is', null), eb('known_at', '<', knownBefore)]))
    .execute();
  const beyond = await db
    .selectFrom('guard_scores')
    .select(['source', 'account'])
    .where('known_at', 'is', null)
    .orderBy('at', 'desc')
    .offset(most)
    .limit(MOST_FORGOTTEN)
    .execute();
  for (const { source, account } of beyond) {
    await db.deleteFrom('guard_scores').where('source', '=', source).where('account', '=', account).execute();
  }
}

function toRecord(row: Selectable<GuardScoresTable>): GuardRecord {
  const { source, account, millipoints, at, bans, revision } = row;
  const score = { points: millipoints / MILLI, at, bans, bannedUntil: row.banned_until };
  return { source, account, score, knownAt: row.known_at, revision };
}
