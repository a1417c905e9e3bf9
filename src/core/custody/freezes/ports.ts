import type { Freeze, FreezeTarget } from '../../accounts/freeze.ts';
import type { AuditRecord } from '../../audit/events.ts';
import type { Instant } from '../../kit/clock.ts';
import type { AccountId, FreezeId, NoticeId } from '../../kit/ids.ts';

/** What a notice about a freeze tells. */
export type FreezeNoticeKind = 'freeze-placed' | 'freeze-lift-proposed' | 'freeze-lifted';

/** A mail about a freeze that was not sent yet. */
export interface FreezeNotice {
  readonly id: NoticeId;
  readonly kind: FreezeNoticeKind;
  readonly account: AccountId;
  readonly freeze: FreezeId;
  readonly at: Instant;
}

/** Freezes in the ledger. Every change is one transaction with its notices and its audit event. */
export interface FreezeRecords {
  placeFreeze(freeze: Freeze, notices: readonly FreezeNotice[], audit: AuditRecord): Promise<void>;
  /** Sets, or replaces, who proposes to lift it. False, and nothing is written, when it was lifted before. */
  proposeLift(
    id: FreezeId,
    by: AccountId,
    at: Instant,
    notices: readonly FreezeNotice[],
    audit: AuditRecord,
  ): Promise<boolean>;
  /**
   * Lifts it. False, and nothing is written, unless it is live and its lifting was proposed by `proposedBy`, who is
   * another person than `by`.
   */
  liftFreeze(
    id: FreezeId,
    who: { readonly proposedBy: AccountId; readonly by: AccountId },
    at: Instant,
    notices: readonly FreezeNotice[],
    audit: AuditRecord,
  ): Promise<boolean>;
  freezeById(id: FreezeId): Promise<Freeze | null>;
  /** Freezes, newest first; `live` leaves out the lifted ones. */
  listFreezes(live: boolean): Promise<readonly Freeze[]>;
  /** An account's name, a project's case reference, a door's name; null when there is no such thing. */
  freezeTargetName(target: FreezeTarget): Promise<string | null>;
  /** Mails about freezes to an account that were not sent, oldest first. */
  pendingFreezeNotices(account: AccountId, limit: number): Promise<readonly FreezeNotice[]>;
  markFreezeNoticesSent(ids: readonly NoticeId[], at: Instant, audit: AuditRecord): Promise<void>;
}
