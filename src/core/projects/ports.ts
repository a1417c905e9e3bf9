import type { AuditRecord } from '../audit/events.ts';
import type { AccountId, ShareId } from '../kit/ids.ts';
import type { Membership, Project, Right, Share } from './project.ts';

/** Projects, shares and members in the ledger. Every change appends its audit records in its own transaction. */
export interface ProjectsLedger {
  addProject(project: Project, audit: readonly AuditRecord[]): Promise<'added' | 'name-taken'>;
  projectByCaseRef(caseRef: string): Promise<Project | null>;
  addShare(share: Share, audit: readonly AuditRecord[]): Promise<'added' | 'name-taken'>;
  shareByName(name: string): Promise<Share | null>;
  /** Replaces the member's rights; an empty list removes the member. Idempotent. */
  setMember(
    share: ShareId,
    account: AccountId,
    rights: readonly Right[],
    audit: readonly AuditRecord[],
  ): Promise<void>;
  membersOf(share: ShareId): Promise<readonly Membership[]>;
}
