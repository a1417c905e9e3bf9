import type { Selectable } from 'kysely';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { Instant } from '../../core/kit/clock.ts';
import type { AccountId, ShareId } from '../../core/kit/ids.ts';
import {
  type Membership,
  RIGHTS,
  type Right,
  type Share,
  type ShareRights,
} from '../../core/projects/project.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb, SharesTable } from './tables.ts';

/** Adds a share. A name that is known violates `shares`' unique index. */
export async function addShare(db: LedgerDb, share: Share, audit: readonly AuditRecord[]): Promise<'added'> {
  const { id, name, project, createdAt, closedAt } = share;
  await db
    .insertInto('shares')
    .values({ id, name, project, created_at: createdAt, closed_at: closedAt })
    .execute();
  await appendAudit(db, audit);
  return 'added';
}

/** The share of a name, also a closed one. */
export async function shareByName(db: LedgerDb, name: string): Promise<Share | null> {
  const row = await db.selectFrom('shares').selectAll().where('name', '=', name).executeTakeFirst();
  return row === undefined ? null : toShare(row);
}

/** The share of an id, also a closed one. */
export async function shareById(db: LedgerDb, id: ShareId): Promise<Share | null> {
  const row = await db.selectFrom('shares').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toShare(row);
}

/** All shares by name. */
export async function listShares(db: LedgerDb): Promise<readonly Share[]> {
  const rows = await db.selectFrom('shares').selectAll().orderBy('name').execute();
  return rows.map(toShare);
}

/** Closes a share that is open. */
export async function closeShare(
  db: LedgerDb,
  id: ShareId,
  at: Instant,
  audit: readonly AuditRecord[],
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('shares')
    .set({ closed_at: at })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await appendAudit(db, audit);
  return true;
}

/** Replaces a member's rights; none at all removes the member. */
export async function setMember(
  db: LedgerDb,
  share: ShareId,
  account: AccountId,
  rights: readonly Right[],
  audit: readonly AuditRecord[],
): Promise<void> {
  if (rights.length === 0) {
    await db.deleteFrom('share_members').where('share', '=', share).where('account', '=', account).execute();
  } else {
    const list = RIGHTS.filter((right) => rights.includes(right)).join(',');
    await db
      .insertInto('share_members')
      .values({ share, account, rights: list })
      .onConflict((conflict) => conflict.columns(['share', 'account']).doUpdateSet({ rights: list }))
      .execute();
  }
  await appendAudit(db, audit);
}

/** The members of a share by name; rights in the order of `RIGHTS`. */
export async function membersOf(db: LedgerDb, share: ShareId): Promise<readonly Membership[]> {
  const rows = await db
    .selectFrom('share_members')
    .innerJoin('accounts', 'accounts.id', 'share_members.account')
    .select(['share', 'account', 'name', 'rights'])
    .where('share', '=', share)
    .orderBy('name')
    .execute();
  return rows.map(({ account, name, rights }) => ({ share, account, name, rights: toRights(rights) }));
}

/** The open shares that an account is a member of, by name. */
export async function sharesOf(db: LedgerDb, account: AccountId): Promise<readonly ShareRights[]> {
  const rows = await openShares(db, account).orderBy('name').execute();
  return rows.map(toShareRights);
}

/** The open share of a name with an account's rights on it. */
export async function rightsOn(db: LedgerDb, name: string, account: AccountId): Promise<ShareRights | null> {
  const row = await openShares(db, account).where('name', '=', name).executeTakeFirst();
  return row === undefined ? null : toShareRights(row);
}

function openShares(db: LedgerDb, account: AccountId) {
  return db
    .selectFrom('share_members')
    .innerJoin('shares', 'shares.id', 'share_members.share')
    .selectAll('shares')
    .select('rights')
    .where('account', '=', account)
    .where('closed_at', 'is', null);
}

function toShareRights(row: Selectable<SharesTable> & { readonly rights: string }): ShareRights {
  return { share: toShare(row), rights: toRights(row.rights) };
}

function toShare({ id, name, project, created_at, closed_at }: Selectable<SharesTable>): Share {
  return { id, name, project, createdAt: created_at, closedAt: closed_at };
}

function toRights(list: string): readonly Right[] {
  const rights = list.split(',');
  return RIGHTS.filter((right) => rights.includes(right));
}
