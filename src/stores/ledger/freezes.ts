import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { DoorName, Freeze, FreezeScope, FreezeTarget } from '../../core/accounts/freeze.ts';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { FreezeNotice } from '../../core/custody/freezes/ports.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, FileId, FreezeId } from '../../core/kit/ids.ts';
import { appendAudit } from './audit-log.ts';
import { compileOnce } from './compile-once.ts';
import { addFreezeNotices } from './freeze-notices.ts';
import { holdTargetName } from './holds.ts';
import type { FreezesTable, LedgerDb } from './tables.ts';

/**
 * A freeze keeps the bytes of `files`: its owner's, those of the members of its project, and what leaves its project,
 * is moved there or was sealed there.
 */
const KEEPS: RawBuilder<SqlBool> = sql<SqlBool>`(freezes.kind = 'all' or freezes.account = files.owner or freezes.project in (select shares.project from share_members inner join shares on shares.id = share_members.share where share_members.account = files.owner) or freezes.project in (select shares.project from shares where shares.id in (files.leaves_by, files.working_share)))`;

/** The bytes of `files` are kept by a freeze that is live, or was lifted after `since`. */
export function isKeptByFreeze(since: Instant): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from freezes where (freezes.lifted_at is null or freezes.lifted_at > ${since}) and ${KEEPS})`;
}

type Scope = FreezeScope & { readonly [name: string]: unknown };

/** A question that every right asks: a handful of rows, along the index of live freezes. */
const covering = compileOnce((db, { account, door, share }: Scope) =>
  liveFreezes(db).where((eb) => {
    const ways = [eb('kind', '=', 'all')];
    if (account !== undefined) ways.push(eb('account', '=', account));
    if (door !== undefined) ways.push(eb('door', '=', door as DoorName));
    if (share !== undefined) {
      const project = eb.selectFrom('shares').select('project').where('shares.id', '=', share);
      ways.push(eb('project', '=', project));
    }
    return eb.or(ways);
  }),
);

/** The same for a file, without what is asked beside it. */
const coveringFile = compileOnce((db, { file }: { readonly file: FileId }) =>
  liveFreezes(db).where(
    sql<SqlBool>`exists (select 1 from files where files.id = ${file} and (freezes.kind = 'all' or freezes.account = files.owner or freezes.project in (select shares.project from shares where shares.id in (files.leaves_by, files.working_share))))`,
  ),
);

const keeping = compileOnce((db, { keeps }: { readonly keeps: FileId }) =>
  liveFreezes(db).where(sql<SqlBool>`exists (select 1 from files where files.id = ${keeps} and ${KEEPS})`),
);

function liveFreezes(db: LedgerDb) {
  return db
    .selectFrom('freezes')
    .select('freezes.id')
    .where('lifted_at', 'is', null)
    .orderBy('freezes.id')
    .limit(1);
}

/** The oldest live freeze that covers any of what is named. */
export async function freezeOver(db: LedgerDb, scope: FreezeScope): Promise<FreezeId | null> {
  const { file, keeps, ...others } = scope;
  const found = [
    ...(await covering(db, others)).rows,
    ...(file === undefined ? [] : (await coveringFile(db, { file })).rows),
    ...(keeps === undefined ? [] : (await keeping(db, { keeps })).rows),
  ];
  return found.map(({ id }) => id).sort()[0] ?? null;
}

/** Adds a freeze. */
export async function placeFreeze(
  db: LedgerDb,
  freeze: Freeze,
  notices: readonly FreezeNotice[],
  audit: AuditRecord,
): Promise<void> {
  const { id, target, reason, placedBy, placedAt, proposedBy, proposedAt, liftedBy, liftedAt } = freeze;
  await db
    .insertInto('freezes')
    .values({
      id,
      kind: target.kind,
      account: target.kind === 'account' ? target.account : null,
      project: target.kind === 'project' ? target.project : null,
      door: target.kind === 'door' ? target.door : null,
      reason,
      placed_by: placedBy,
      placed_at: placedAt,
      proposed_by: proposedBy,
      proposed_at: proposedAt,
      lifted_by: liftedBy,
      lifted_at: liftedAt,
    })
    .execute();
  await addFreezeNotices(db, notices);
  await appendAudit(db, [audit]);
}

/** Sets who proposes to lift a live freeze. */
export async function proposeLift(
  db: LedgerDb,
  id: FreezeId,
  by: AccountId,
  at: Instant,
  notices: readonly FreezeNotice[],
  audit: AuditRecord,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('freezes')
    .set({ proposed_by: by, proposed_at: at })
    .where('id', '=', id)
    .where('lifted_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await addFreezeNotices(db, notices);
  await appendAudit(db, [audit]);
  return true;
}

/** Lifts a live freeze in the name of two people. */
export async function liftFreeze(
  db: LedgerDb,
  id: FreezeId,
  { proposedBy, by }: { readonly proposedBy: AccountId; readonly by: AccountId },
  at: Instant,
  notices: readonly FreezeNotice[],
  audit: AuditRecord,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('freezes')
    .set({ lifted_by: by, lifted_at: at })
    .where('id', '=', id)
    .where('lifted_at', 'is', null)
    .where('proposed_by', '=', proposedBy)
    .where('proposed_by', '<>', by)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await addFreezeNotices(db, notices);
  await appendAudit(db, [audit]);
  return true;
}

/** The freeze of an id, lifted or not. */
export async function freezeById(db: LedgerDb, id: FreezeId): Promise<Freeze | null> {
  const row = await db.selectFrom('freezes').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toFreeze(row);
}

/** Freezes, newest first. */
export async function listFreezes(db: LedgerDb, live: boolean): Promise<readonly Freeze[]> {
  const rows = await db
    .selectFrom('freezes')
    .selectAll()
    .$if(live, (select) => select.where('lifted_at', 'is', null))
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toFreeze);
}

/** What people call what a freeze stops; null when it is not in the ledger. */
export async function freezeTargetName(db: LedgerDb, target: FreezeTarget): Promise<string | null> {
  switch (target.kind) {
    case 'account':
    case 'project':
      return holdTargetName(db, target);
    case 'door':
      return target.door;
    case 'all':
      return 'everything';
  }
}

function toFreeze(row: Selectable<FreezesTable>): Freeze {
  return {
    id: row.id,
    target: toTarget(row),
    reason: row.reason,
    placedBy: row.placed_by,
    placedAt: row.placed_at,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    liftedBy: row.lifted_by,
    liftedAt: row.lifted_at,
  };
}

function toTarget({ id, kind, account, project, door }: Selectable<FreezesTable>): FreezeTarget {
  if (kind === 'all') return { kind };
  if (kind === 'account' && account !== null) return { kind, account };
  if (kind === 'project' && project !== null) return { kind, project };
  if (kind === 'door' && door !== null) return { kind, door };
  throw new Error(`the freeze ${id} in the ledger stops nothing`);
}
