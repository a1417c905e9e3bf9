import type { AuditRecord } from '../../core/audit/events.ts';
import type { AccountId, ShareId } from '../../core/kit/ids.ts';
import {
  type Membership,
  type Project,
  RIGHTS,
  type Right,
  type Share,
} from '../../core/projects/project.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb } from './tables.ts';

/** Adds a project. A case reference that is known violates `projects`' unique index. */
export async function addProject(
  db: LedgerDb,
  project: Project,
  audit: readonly AuditRecord[],
): Promise<'added'> {
  const { id, caseRef, title, iao, createdAt } = project;
  await db
    .insertInto('projects')
    .values({ id, case_ref: caseRef, title, iao, created_at: createdAt })
    .execute();
  await appendAudit(db, audit);
  return 'added';
}

/** The project of a case reference. */
export async function projectByCaseRef(db: LedgerDb, caseRef: string): Promise<Project | null> {
  const row = await db.selectFrom('projects').selectAll().where('case_ref', '=', caseRef).executeTakeFirst();
  if (row === undefined) return null;
  const { id, title, iao } = row;
  return { id, caseRef: row.case_ref, title, iao, createdAt: row.created_at };
}

/** Adds a share. A name that is known violates `shares`' unique index. */
export async function addShare(db: LedgerDb, share: Share, audit: readonly AuditRecord[]): Promise<'added'> {
  const { id, name, project, createdAt } = share;
  await db.insertInto('shares').values({ id, name, project, created_at: createdAt }).execute();
  await appendAudit(db, audit);
  return 'added';
}

/** The share of a name. */
export async function shareByName(db: LedgerDb, name: string): Promise<Share | null> {
  const row = await db.selectFrom('shares').selectAll().where('name', '=', name).executeTakeFirst();
  if (row === undefined) return null;
  return { id: row.id, name: row.name, project: row.project, createdAt: row.created_at };
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
  return rows.map(({ account, name, rights }) => {
    const list = rights.split(',');
    return { share, account, name, rights: RIGHTS.filter((right) => list.includes(right)) };
  });
}

/** The accounts that answer for a person's projects, each once. */
export async function ownersFor(db: LedgerDb, account: AccountId): Promise<readonly AccountId[]> {
  const rows = await db
    .selectFrom('share_members')
    .innerJoin('shares', 'shares.id', 'share_members.share')
    .innerJoin('projects', 'projects.id', 'shares.project')
    .select('projects.iao')
    .distinct()
    .where('share_members.account', '=', account)
    .orderBy('projects.iao')
    .execute();
  return rows.map(({ iao }) => iao);
}
