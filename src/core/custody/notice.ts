import type { Instant } from '../kit/clock.ts';
import type { AccountId, FileId, NoticeId } from '../kit/ids.ts';
import type { NoticeKind } from './states.ts';

/** A notice to a person, written in the transaction of the move that causes it and mailed later. */
export interface NewNotice {
  readonly id: NoticeId;
  readonly kind: NoticeKind;
  readonly account: AccountId;
  readonly file: FileId;
  readonly at: Instant;
}

/** A notice that was not sent yet. */
export type PendingNotice = NewNotice;
