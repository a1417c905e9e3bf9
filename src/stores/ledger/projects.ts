import type { Selectable } from 'kysely';
import type { AuditRecord } from '../../core/audit/events.ts';
import type { AccountId, ProjectId } from '../../core/kit/ids.ts';
import type { Project } from '../../core/projects/project.ts';
import { appendAudit } from './audit-log.ts';
import type { LedgerDb, ProjectsTable } from './tables.ts';

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
  return row === undefined ? null : toProject(row);
}

/** The project of an id. */
export async function projectById(db: LedgerDb, id: ProjectId): Promise<Project | null> {
  const row = await db.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toProject(row);
}

/** All projects by case reference. */
export async function listProjects(db: LedgerDb): Promise<readonly Project[]> {
  const rows = await db.selectFrom('projects').selectAll().orderBy('case_ref').execute();
  return rows.map(toProject);
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

function toProject({ id, case_ref, title, iao, created_at }: Selectable<ProjectsTable>): Project {
  return { id, caseRef: case_ref, title, iao, createdAt: created_at };
}
