import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { Hold, HoldTarget } from '../../core/custody/retention/hold.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, FileId, HoldId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import type { HoldsTable, LedgerDb } from './tables.ts';

/** How a hold of `holds` can cover a file of `files`: the one place that says so. */
const COVERS: readonly RawBuilder<SqlBool>[] = [
  sql<SqlBool>`holds.file = files.id`,
  sql<SqlBool>`holds.account = files.owner`,
  sql<SqlBool>`holds.project in (select shares.project from share_members inner join shares on shares.id = share_members.share where share_members.account = files.owner)`,
  sql<SqlBool>`holds.project in (select shares.project from shares where shares.id = files.leaves_by)`,
];

const IS_LIVE: RawBuilder<SqlBool> = sql<SqlBool>`holds.lifted_at is null`;

/**
 * A live hold covers the file. For queries on `files` under its own name. Way by way, each along its index: for
 * all at once, every live hold would be looked at.
 */
export const IS_ON_HOLD: RawBuilder<SqlBool> = sql<SqlBool>`(${sql.join(
  COVERS.map((covers) => sql`exists (select 1 from holds where ${IS_LIVE} and ${covers})`),
  sql` or `,
)})`;

/** Adds a hold. What it covers has to be in the ledger: a hold on a mistyped id would protect nothing. */
export async function placeHold(db: LedgerDb, hold: Hold, audit: AuditRecord): Promise<void> {
  const { id, target, reason, placedBy, placedAt, liftedBy, liftedAt } = hold;
  await db
    .insertInto('holds')
    .values({
      id,
      file: target.kind === 'file' ? target.file : null,
      account: target.kind === 'account' ? target.account : null,
      project: target.kind === 'project' ? target.project : null,
      reason,
      placed_by: placedBy,
      placed_at: placedAt,
      lifted_by: liftedBy,
      lifted_at: liftedAt,
    })
    .execute();
  await appendAudit(db, [audit]);
}

/** Lifts a hold that is live. */
export async function liftHold(
  db: LedgerDb,
  id: HoldId,
  by: AccountId,
  at: Instant,
  audit: AuditRecord,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('holds')
    .set({ lifted_by: by, lifted_at: at })
    .where('id', '=', id)
    .where('lifted_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await appendAudit(db, [audit]);
  return true;
}

/** The hold of an id, lifted or not. */
export async function holdById(db: LedgerDb, id: HoldId): Promise<Hold | null> {
  const row = await db.selectFrom('holds').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toHold(row);
}

/** Holds, newest first. */
export async function listHolds(db: LedgerDb, live: boolean): Promise<readonly Hold[]> {
  const rows = await db
    .selectFrom('holds')
    .selectAll()
    .$if(live, (select) => select.where('lifted_at', 'is', null))
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toHold);
}

/** What people call what a hold covers; null when it is not in the ledger. */
export async function holdTargetName(db: LedgerDb, target: HoldTarget): Promise<string | null> {
  switch (target.kind) {
    case 'file':
      return firstName(db.selectFrom('files').select('id as name').where('id', '=', target.file));
    case 'account':
      return firstName(db.selectFrom('accounts').select('name').where('id', '=', target.account));
    case 'project':
      return firstName(db.selectFrom('projects').select('case_ref as name').where('id', '=', target.project));
  }
}

async function firstName(query: {
  executeTakeFirst(): Promise<{ readonly name: string } | undefined>;
}): Promise<string | null> {
  return (await query.executeTakeFirst())?.name ?? null;
}

/** The live holds that cover a file, newest first. */
export async function holdsOn(db: LedgerDb, file: FileId): Promise<readonly Hold[]> {
  const rows = await db
    .selectFrom('files')
    .innerJoin('holds', (join) => join.on(IS_LIVE).on((eb) => eb.or(COVERS)))
    .selectAll('holds')
    .where('files.id', '=', file)
    .orderBy('holds.id', 'desc')
    .execute();
  return rows.map(toHold);
}

function toHold(row: Selectable<HoldsTable>): Hold {
  return {
    id: row.id,
    target: toTarget(row),
    reason: row.reason,
    placedBy: row.placed_by,
    placedAt: row.placed_at,
    liftedBy: row.lifted_by,
    liftedAt: row.lifted_at,
  };
}

function toTarget({ id, file, account, project }: Selectable<HoldsTable>): HoldTarget {
  if (file !== null) return { kind: 'file', file };
  if (account !== null) return { kind: 'account', account };
  if (project !== null) return { kind: 'project', project };
  throw new Error(`the hold ${id} in the ledger covers nothing`);
}
