import type { Instant } from '../kit/clock.ts';
import type { AccountId, FileId, NoticeId } from '../kit/ids.ts';
import type { Intake } from './custody.ts';
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

/** Says that there are mails to be sent. */
export function hintNotices(intake: Intake, notices: readonly NewNotice[]): void {
  for (const account of new Set(notices.map((notice) => notice.account))) {
    intake.hints.hint({ job: 'send-notices', account }, intake.policy.gather);
  }
}
