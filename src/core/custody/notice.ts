import type { Instant } from '../kit/clock.ts';
import { type AccountId, type FileId, type NoticeId, newId } from '../kit/ids.ts';
import type { Intake } from './custody.ts';
import type { CustodyFile } from './file.ts';
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

/**
 * The notices about a file: to its holder, and to the owners of the holder's projects when the holder is locked out.
 */
export async function noticesAbout(
  intake: Intake,
  file: CustodyFile,
  kind: NoticeKind,
): Promise<NewNotice[]> {
  const owner = await intake.ledger.accountById(file.owner);
  const lockedOut = owner?.status !== 'active';
  const readers = lockedOut ? await intake.ledger.ownersFor(file.owner) : [file.owner];
  return readers.map((account) => newNotice(intake, file, kind, account));
}

/** One notice about a file. */
export function newNotice(
  { clock }: Intake,
  file: Pick<CustodyFile, 'id' | 'owner'>,
  kind: NoticeKind,
  account: AccountId = file.owner,
): NewNotice {
  const at = clock.now();
  return { id: newId('noti', at), kind, account, file: file.id, at };
}

/** Those who decide about files that were stopped: the active members of the data team. */
export async function dataTeam({ ledger }: Pick<Intake, 'ledger'>): Promise<AccountId[]> {
  const accounts = await ledger.listAccounts();
  return accounts
    .filter(({ role, status }) => role === 'data-team' && status === 'active')
    .map(({ id }) => id);
}

/** The same notice to the owner of a file and to the data team. */
export async function noticesToDeciders(
  intake: Intake,
  file: CustodyFile,
  kind: NoticeKind,
): Promise<NewNotice[]> {
  const readers = new Set([file.owner, ...(await dataTeam(intake))]);
  return [...readers].map((account) => newNotice(intake, file, kind, account));
}
