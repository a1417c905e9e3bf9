import type { Account } from '../accounts/account.ts';
import { reach } from '../kit/failpoint.ts';
import type { AccountId } from '../kit/ids.ts';
import { systemActor } from './actors.ts';
import type { Custody } from './custody.ts';
import type { CustodyFile } from './file.ts';
import { tellFreezes } from './freezes/tell-freezes.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import { handOver, MAIL_WAITS, mailRests } from './mails/hand-over.ts';
import type { PendingNotice } from './notice.ts';
import { composeMail } from './notice-mail.ts';
import type { Ledger } from './ports.ts';
import { shownPath } from './shown-path.ts';
import type { Told } from './telling.ts';

const MOST_NOTICES = 500;

/**
 * Mails an account what has happened to its files: all pending notices, up to 500 in one mail. Waits until the
 * oldest is as old as the site gathers for; a mail that is not taken waits (see `handOver`). A crash between mail and
 * mark sends the mail again under the same id. Safe to run twice.
 */
export async function sendNotices(custody: Custody, account: AccountId): Promise<JobEnd> {
  const person = await custody.ledger.accountById(account);
  if (person === null) return DONE;
  const told = await tellFreezes(custody, person);
  const end = await tellFiles(custody, person);
  return end.end === 'done' ? told : end;
}

async function tellFiles(custody: Custody, person: Account): Promise<JobEnd> {
  const { ledger, clock, policy } = custody;
  for (;;) {
    const pending = await ledger.pendingNotices(person.id, MOST_NOTICES);
    const oldest = pending[0];
    if (oldest === undefined) return DONE;
    if (oldest.at + policy.gather > clock.now()) return { end: 'later', why: 'more notices may follow' };
    if (await mailRests(custody, person.id, 'file-notices')) return MAIL_WAITS;
    if (!(await sendTogether(custody, person, pending))) return MAIL_WAITS;
    // Trying again is for what failed, and waits longer from time to time: the rest goes now.
    if (pending.length < MOST_NOTICES) return DONE;
  }
}

/** False when the mail waits for another attempt. */
async function sendTogether(
  custody: Custody,
  person: Account,
  pending: readonly PendingNotice[],
): Promise<boolean> {
  const { ledger, clock, policy } = custody;
  const told: Told[] = [];
  for (const notice of pending) {
    const file = await ledger.fileById(notice.file);
    if (file !== null)
      told.push({ notice, file, ...(await placesOf(custody, file)), ...(await proofsFor(custody, notice)) });
  }
  const mail = composeMail(policy.site, { name: person.fullName, address: person.email }, told);
  const ids = pending.map((notice) => notice.id);
  const handed = await handOver(custody, { account: person.id, kind: 'file-notices', items: ids, mail });
  if (handed !== 'taken') return handed === 'given-up';
  reach('notify.mail-written');
  await ledger.markNoticesSent(ids, clock.now(), {
    at: clock.now(),
    actor: systemActor('send-notices'),
    event: { type: 'notices-sent', subjects: { account: person.id }, data: { notices: ids } },
  });
  return true;
}

/** Where the file is, as people know it. */
async function placesOf(
  { ledger }: Custody,
  file: CustodyFile,
): Promise<Pick<Told, 'path' | 'share' | 'released'>> {
  const path = await shownPath({ ledger }, file);
  if (file.leavesBy === null) return { path, share: null, released: null };
  const share = (await ledger.shareById(file.leavesBy))?.name ?? null;
  const twin = file.sameBytesAs === null ? null : await ledger.fileById(file.sameBytesAs);
  if (twin === null) return { path, share, released: { file, path } };
  return { path, share, released: { file: twin, path: await shownPath({ ledger }, twin) } };
}

/** What is attached or told beside: the receipt of an arrival, the certificate of a destruction, why somebody decided so. */
async function proofsFor(
  { ledger }: Custody,
  notice: PendingNotice,
): Promise<Pick<Told, 'receipts' | 'certificates' | 'why'>> {
  return {
    receipts: notice.kind === 'file-arrived' ? await ledger.receiptsOf(notice.file) : [],
    certificates: notice.kind === 'file-destroyed' ? await ledger.certificatesOf(notice.file) : [],
    why: notice.kind === 'file-held' ? await findingOf(ledger, notice) : await reasonFor(ledger, notice),
  };
}

/** What was wrong with the structure of a file that is too large for the scanner; null for every other. */
async function findingOf(ledger: Ledger, { file }: PendingNotice): Promise<string | null> {
  const format = (await ledger.verdictsOf(file)).findLast(({ check }) => check === 'format');
  return format?.outcome === 'finding' ? format.detail : null;
}

/** The reason that somebody gave with what a notice tells; null for most kinds, and when it was erased. */
async function reasonFor(ledger: Ledger, { id, kind, file }: PendingNotice): Promise<string | null> {
  if (kind !== 'file-revoked' && kind !== 'copy-requested') return null;
  // A revocation is told to several people, and happens once; a copy may be asked for again.
  const rows = await ledger.auditOf(kind === 'file-revoked' ? { file } : { notice: id });
  const row = rows.findLast(({ entry }) => (JSON.parse(entry) as { type: string }).type === kind);
  if (row === undefined) return null;
  const personal = await ledger.readPersonal(row.seq, 1);
  return personal.find(({ field }) => field === 'reason')?.value ?? null;
}
