import type { AccountName } from '../accounts/account.ts';
import type { Instant } from '../kit/clock.ts';
import type { AccountId, ProjectId, ShareId } from '../kit/ids.ts';

/** A study. It owns shares; its IAO answers for the data in them. */
export interface Project {
  readonly id: ProjectId;
  /** The case reference that people know it by, such as `DEMO-1`. Unique, never reused. */
  readonly caseRef: string;
  readonly title: string;
  readonly iao: AccountId;
  readonly createdAt: Instant;
}

/** What a member may do on a share. Outbound is never given by default. */
export const RIGHTS = ['read', 'write', 'outbound'] as const;
export type Right = (typeof RIGHTS)[number];

/** A group folder. */
export interface Share {
  readonly id: ShareId;
  /** Unique; also the name of its folder in the shares zone. */
  readonly name: string;
  readonly project: ProjectId;
  readonly createdAt: Instant;
  /** When it was closed: nobody has rights on it any more, and its folder stays as it is. Null while it is open. */
  readonly closedAt: Instant | null;
}

/** An open share with the rights that one account has on it. Never empty. */
export interface ShareRights {
  readonly share: Share;
  readonly rights: readonly Right[];
}

/** A person's rights on a share. */
export interface Membership {
  readonly share: ShareId;
  readonly account: AccountId;
  readonly name: AccountName;
  readonly rights: readonly Right[];
}
