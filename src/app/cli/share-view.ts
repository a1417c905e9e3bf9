import { isoTime } from '../../core/kit/clock.ts';
import type { Project, Share } from '../../core/projects/project.ts';
import type { Installation } from './installation.ts';
import type { Cell } from './table.ts';

/** A member of a share as verbs show it. */
export interface MemberView {
  readonly name: string;
  readonly rights: readonly string[];
}

/** A share as verbs show it: its project by case reference, times ISO 8601. */
export interface ShareView {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly status: 'open' | 'closed';
  readonly createdAt: string;
  readonly closedAt: string | null;
  /** By name. Of a closed share those that it had: nobody has rights on it. */
  readonly members: readonly MemberView[];
}

/** The headings of `shareRow`. */
export const SHARE_HEADINGS = ['NAME', 'PROJECT', 'STATUS', 'MEMBERS'] as const;

/** The headings of `memberRow`. */
export const MEMBER_HEADINGS = ['NAME', 'RIGHTS'] as const;

/** A share as a row of a table. */
export function shareRow({ name, project, status, members }: ShareView): readonly Cell[] {
  return [name, project, status, members.map((member) => member.name).join(', ') || null];
}

/** A member as a row of a table. */
export function memberRow({ name, rights }: MemberView): readonly Cell[] {
  return [name, rights.join(', ')];
}

/** Makes the view of a share. */
export async function viewShare({ ledger }: Installation, share: Share): Promise<ShareView> {
  const { id, name, createdAt, closedAt } = share;
  const project = await ledger.projectById(share.project);
  const members = await ledger.membersOf(id);
  return {
    id,
    name,
    project: project?.caseRef ?? share.project,
    status: closedAt === null ? 'open' : 'closed',
    createdAt: isoTime(createdAt),
    closedAt: closedAt === null ? null : isoTime(closedAt),
    members: members.map(({ name: member, rights }) => ({ name: member, rights })),
  };
}

/** A project as verbs show it: its IAO by name, times ISO 8601. */
export async function viewProject({ ledger }: Installation, project: Project) {
  const { id, caseRef, title, iao, createdAt } = project;
  const owner = await ledger.accountById(iao);
  return { id, caseRef, title, iao: owner?.name ?? iao, createdAt: isoTime(createdAt) };
}
