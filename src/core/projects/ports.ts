import type { AuditRecord } from '../audit/events.ts';
import type { Instant } from '../kit/clock.ts';
import type { AccountId, ProjectId, ShareId } from '../kit/ids.ts';
import type { Membership, Project, Right, Share, ShareRights } from './project.ts';

/** Projects, shares and members in the ledger. Every change appends its audit records in its own transaction. */
export interface ProjectsLedger {
  addProject(project: Project, audit: readonly AuditRecord[]): Promise<'added' | 'name-taken'>;
  projectByCaseRef(caseRef: string): Promise<Project | null>;
  addShare(share: Share, audit: readonly AuditRecord[]): Promise<'added' | 'name-taken'>;
  projectById(id: ProjectId): Promise<Project | null>;
  /** By case reference. */
  listProjects(): Promise<readonly Project[]>;
  /** Also a closed one. */
  shareByName(name: string): Promise<Share | null>;
  shareById(id: ShareId): Promise<Share | null>;
  /** By name, also closed ones. */
  listShares(): Promise<readonly Share[]>;
  /** Closes a share: from then on nobody has rights on it. False when it was closed before. */
  closeShare(id: ShareId, at: Instant, audit: readonly AuditRecord[]): Promise<boolean>;
  /** The open shares that an account is a member of, with its rights on each, by name. */
  sharesOf(account: AccountId): Promise<readonly ShareRights[]>;
  /** The open share of this name with an account's rights on it; null when there is none, or no right. */
  rightsOn(name: string, account: AccountId): Promise<ShareRights | null>;
  /** Replaces the member's rights; an empty list removes the member. Idempotent. */
  setMember(
    share: ShareId,
    account: AccountId,
    rights: readonly Right[],
    audit: readonly AuditRecord[],
  ): Promise<void>;
  membersOf(share: ShareId): Promise<readonly Membership[]>;
}
