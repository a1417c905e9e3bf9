import { reach } from '../kit/failpoint.ts';
import type { AccountId } from '../kit/ids.ts';
import { systemActor } from './actors.ts';
import type { Custody } from './custody.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import type { PendingNotice } from './notice.ts';
import { composeMail, type Told } from './notice-mail.ts';

const MOST_NOTICES = 500;

/**
 * Mails an account what has happened to its files: all pending notices in one mail, up to 500. Waits until the
 * oldest is as old as the site gathers for. A crash between mail and mark sends the mail again under the same
 * id. Safe to run twice.
 */
export async function sendNotices(custody: Custody, account: AccountId): Promise<JobEnd> {
  const { ledger, clock, policy, mailer } = custody;
  const pending = await ledger.pendingNotices(account, MOST_NOTICES);
  const oldest = pending[0];
  const person = await ledger.accountById(account);
  if (oldest === undefined || person === null) return DONE;
  if (oldest.at + policy.gather > clock.now()) return { end: 'later', why: 'more notices may follow' };
  const told: Told[] = [];
  for (const notice of pending) {
    const file = await ledger.fileById(notice.file);
    if (file !== null) told.push({ notice, file, ...(await proofsFor(custody, notice)) });
  }
  await mailer.send(composeMail(policy.site, { name: person.fullName, address: person.email }, told));
  reach('notify.mail-written');
  const ids = pending.map((notice) => notice.id);
  await ledger.markNoticesSent(ids, clock.now(), {
    at: clock.now(),
    actor: systemActor('send-notices'),
    event: { type: 'notices-sent', subjects: { account }, data: { notices: ids } },
  });
  return pending.length === MOST_NOTICES ? { end: 'later', why: 'there are more notices' } : DONE;
}

/** What is attached: the receipt of an arrival, the certificate of a destruction. */
async function proofsFor(
  { ledger }: Custody,
  { kind, file }: PendingNotice,
): Promise<Pick<Told, 'receipts' | 'certificates'>> {
  return {
    receipts: kind === 'file-arrived' ? await ledger.receiptsOf(file) : [],
    certificates: kind === 'file-destroyed' ? await ledger.certificatesOf(file) : [],
  };
}
