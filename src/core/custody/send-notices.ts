import type { Account } from '../accounts/account.ts';
import { reach } from '../kit/failpoint.ts';
import type { AccountId, NoticeId } from '../kit/ids.ts';
import { systemActor } from './actors.ts';
import type { Custody } from './custody.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import type { PendingNotice } from './notice.ts';
import { composeMail, type Told } from './notice-mail.ts';
import type { Ledger } from './ports.ts';

const MOST_NOTICES = 500;

/**
 * Mails an account what has happened to its files: all pending notices, up to 500 in one mail. Waits until the
 * oldest is as old as the site gathers for. A crash between mail and mark sends the mail again under the same
 * id. Safe to run twice.
 */
export async function sendNotices(custody: Custody, account: AccountId): Promise<JobEnd> {
  const { ledger, clock, policy } = custody;
  const person = await ledger.accountById(account);
  if (person === null) return DONE;
  for (;;) {
    const pending = await ledger.pendingNotices(account, MOST_NOTICES);
    const oldest = pending[0];
    if (oldest === undefined) return DONE;
    if (oldest.at + policy.gather > clock.now()) return { end: 'later', why: 'more notices may follow' };
    await sendTogether(custody, person, pending);
    // Trying again is for what failed, and waits longer from time to time: the rest goes now.
    if (pending.length < MOST_NOTICES) return DONE;
  }
}

async function sendTogether(
  custody: Custody,
  person: Account,
  pending: readonly PendingNotice[],
): Promise<void> {
  const { ledger, clock, policy, mailer } = custody;
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
    event: { type: 'notices-sent', subjects: { account: person.id }, data: { notices: ids } },
  });
}

/** What is attached or told beside: the receipt of an arrival, the certificate of a destruction, why a copy is asked for. */
async function proofsFor(
  { ledger }: Custody,
  { id, kind, file }: PendingNotice,
): Promise<Pick<Told, 'receipts' | 'certificates' | 'why'>> {
  return {
    receipts: kind === 'file-arrived' ? await ledger.receiptsOf(file) : [],
    certificates: kind === 'file-destroyed' ? await ledger.certificatesOf(file) : [],
    why: kind === 'copy-requested' ? await reasonOf(ledger, id) : null,
  };
}

/** The reason that somebody gave with the event that a notice belongs to; null when it was erased. */
async function reasonOf(ledger: Ledger, notice: NoticeId): Promise<string | null> {
  const row = (await ledger.auditOf({ notice })).at(-1);
  if (row === undefined) return null;
  const personal = await ledger.readPersonal(row.seq, 1);
  return personal.find(({ field }) => field === 'reason')?.value ?? null;
}
