import { formatBytes } from '../kit/bytes.ts';
import { isoTime } from '../kit/clock.ts';
import { reach } from '../kit/failpoint.ts';
import type { AccountId } from '../kit/ids.ts';
import { systemActor } from './actors.ts';
import type { Custody } from './custody.ts';
import type { CustodyFile } from './file.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import { joinPath } from './names.ts';
import type { PendingNotice } from './notice.ts';
import type { Mail } from './ports.ts';
import type { SignedReceipt } from './receipt.ts';

const MOST_NOTICES = 500;

/** One notice with what it is about. */
interface Told {
  readonly notice: PendingNotice;
  readonly file: CustodyFile;
  readonly receipts: readonly SignedReceipt[];
}

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
    if (file !== null) told.push({ notice, file, receipts: await ledger.receiptsOf(file.id) });
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

/** The mail that tells these notices. Its id is made from theirs: the same notices make the same mail. */
function composeMail(site: string, to: Mail['to'], told: readonly Told[]): Mail {
  const ids = told.map(({ notice }) => notice.id);
  const arrived = told.filter(({ notice }) => notice.kind === 'file-arrived');
  const stopped = told.filter(({ notice }) => notice.kind !== 'file-arrived');
  const sections = [
    section('Arrived, and waiting for you in your Arrivals folder:', arrived, arrivedLines),
    section('Not let in:', stopped, stoppedLines),
  ];
  const receipts = told.flatMap((one) => one.receipts);
  return {
    id: `notices-${ids[0]}-${ids.length}`,
    to,
    subject: `[${site}] ${countFiles(arrived.length, 'arrived')}${stopped.length > 0 ? `, ${countFiles(stopped.length, 'not let in')}` : ''}`,
    text: [`Dear ${to.name},`, ...sections.flat(), ...closing(receipts.length)].join('\n'),
    attachments: receipts.map((receipt) => ({
      name: `${receipt.body.receiptId}.json`,
      json: JSON.stringify(receipt, null, 2),
    })),
  };
}

function countFiles(count: number, what: string): string {
  return `${count} ${count === 1 ? 'file' : 'files'} ${what}`;
}

function section(heading: string, told: readonly Told[], lines: (one: Told) => string[]): string[] {
  return told.length === 0 ? [] : ['', heading, ...told.flatMap((one) => ['', ...lines(one)])];
}

function arrivedLines({ file, receipts }: Told): string[] {
  const body = receipts.at(-1)?.body;
  const where = body?.arrival.path ?? joinPath(file.path.folder, file.path.name);
  return [
    `  ${where}`,
    `    size      ${formatBytes(file.size)} (${file.size} bytes)`,
    `    sha256    ${file.sha256}`,
    ...(body === undefined ? [] : [`    destroyed ${body.expiresAt}, unless you move it to a share before`]),
    ...(body?.scan === 'off' ? ['    malware   not scanned: this site has switched scanning off'] : []),
    ...(file.reason === 'same-bytes'
      ? ['    note      the same bytes were here already; no second copy was made']
      : []),
  ];
}

/** What happened, what was kept, and what to do next, for every reason that stops a file. */
const STOPPED_WORDS: Readonly<Record<string, string>> = {
  malware:
    'Malware was found in it. It is locked away; the data team will contact you. Do not send it again.',
  'too-large': 'It is too large for the malware scanner. It is kept; the data team will look at it.',
  encrypted: 'It is encrypted, so that it cannot be scanned. It is kept; the data team will look at it.',
  'limits-exceeded': 'It is packed too deeply to be scanned. It is kept; the data team will look at it.',
  'not-scanned': 'It was received while scanning was off. It is kept; the data team will look at it.',
  'bytes-differ':
    'The bytes on our disk are not the ones that we received. Please keep your copy; we will contact you.',
  'name-unavailable':
    'No free name was left for it in your folder. It is kept; please make room or ask the data team.',
};

function stoppedLines({ file }: Told): string[] {
  return [
    `  ${joinPath(file.path.folder, file.path.name)} (${formatBytes(file.size)}, received ${isoTime(file.receivedAt ?? file.createdAt)})`,
    `    ${STOPPED_WORDS[file.reason ?? ''] ?? 'It is kept; the data team will look at it.'}`,
  ];
}

function closing(receipts: number): string[] {
  return receipts === 0
    ? ['']
    : ['', 'A signed receipt for each file is attached. Keep it: it proves what we received, and when.', ''];
}
