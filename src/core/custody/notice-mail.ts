import { formatBytes } from '../kit/bytes.ts';
import { isoTime } from '../kit/clock.ts';
import type { CustodyFile } from './file.ts';
import { joinPath } from './names.ts';
import type { PendingNotice } from './notice.ts';
import type { Mail } from './ports.ts';
import type { SignedReceipt } from './receipt.ts';
import type { SignedCertificate } from './retention/certificate.ts';
import type { NoticeKind } from './states.ts';

/** One notice with what it is about, and the proofs that go with it. */
export interface Told {
  readonly notice: PendingNotice;
  readonly file: CustodyFile;
  readonly receipts: readonly SignedReceipt[];
  readonly certificates: readonly SignedCertificate[];
  /** Why, in the words of the person who decided; null where nobody had to say, or the words were erased. */
  readonly why: string | null;
}

/** How notices of a kind are told: the words of the subject, the heading of their section, the lines of each. */
interface Telling {
  readonly subject: string;
  readonly heading: string;
  readonly lines: (told: Told) => string[];
}

/** In the order in which a mail has them: what asks something of the reader comes first. */
const TELLINGS: Readonly<Record<NoticeKind, Telling>> = {
  'file-expires-soon': {
    subject: 'about to be destroyed',
    heading: 'About to be destroyed. Move what you need to a share before the time that is given:',
    lines: expiryLines,
  },
  'file-extended': {
    subject: 'given more time',
    heading:
      'Their holder cannot sign in, so they were given more time, once. Please see that they are taken care of:',
    lines: expiryLines,
  },
  'copy-requested': {
    subject: 'asked for again',
    heading: 'The data team could not let these in, and asks you for another copy:',
    lines: copyLines,
  },
  'destruction-stopped': {
    subject: 'not destroyed',
    heading: 'For the data team: these were due to be destroyed, and were not. A person has to look at each:',
    lines: notDestroyedLines,
  },
  'file-quarantined': { subject: 'not let in', heading: 'Not let in:', lines: stoppedLines },
  'file-held': { subject: 'held', heading: 'Held until a person has decided:', lines: stoppedLines },
  'file-arrived': {
    subject: 'arrived',
    heading: 'Arrived, and waiting for you in your Arrivals folder:',
    lines: arrivedLines,
  },
  'file-destroyed': { subject: 'destroyed', heading: 'Destroyed:', lines: destroyedLines },
};

/** The mail that tells these notices. Its id is made from theirs: the same notices make the same mail. */
export function composeMail(site: string, to: Mail['to'], told: readonly Told[]): Mail {
  const ids = told.map(({ notice }) => notice.id);
  const byKind = Map.groupBy(told, ({ notice }) => notice.kind);
  const sections = Object.entries(TELLINGS).flatMap(([kind, telling]) => {
    const some = byKind.get(kind as NoticeKind) ?? [];
    return some.length === 0 ? [] : [{ telling, some }];
  });
  const counts = sections.map(
    ({ telling, some }) => `${some.length} ${some.length === 1 ? 'file' : 'files'} ${telling.subject}`,
  );
  const attachments = told.flatMap(({ receipts, certificates }) => [
    ...receipts.map((receipt) => attach(receipt.body.receiptId, receipt)),
    ...certificates.map((certificate) => attach(certificate.body.certificateId, certificate)),
  ]);
  const lines = sections.flatMap(({ telling, some }) => [
    '',
    telling.heading,
    ...some.flatMap((one) => ['', ...telling.lines(one)]),
  ]);
  return {
    id: `notices-${ids[0]}-${ids.length}`,
    to,
    subject: `[${site}] ${counts.join(', ')}`,
    text: [`Dear ${to.name},`, ...lines, ...closing(attachments.length)].join('\n'),
    attachments,
  };
}

function attach(id: string, document: SignedReceipt | SignedCertificate): Mail['attachments'][number] {
  return { name: `${id}.json`, json: JSON.stringify(document, null, 2) };
}

function pathOf(file: CustodyFile): string {
  const { folder, name } = file.arrival ?? file.path;
  return joinPath(folder, name);
}

function sizeLines(file: CustodyFile): string[] {
  return [
    `    size      ${formatBytes(file.size)} (${file.size} bytes)`,
    ...(file.sha256 === null ? [] : [`    sha256    ${file.sha256}`]),
  ];
}

function expiryLines({ file }: Told): string[] {
  return [
    `  ${pathOf(file)}`,
    ...sizeLines(file),
    `    destroyed ${file.expiresAt === null ? 'never' : isoTime(file.expiresAt)}`,
  ];
}

function arrivedLines({ file, receipts }: Told): string[] {
  const body = receipts.at(-1)?.body;
  return [
    `  ${body?.arrival.path ?? pathOf(file)}`,
    ...sizeLines(file),
    ...(body === undefined ? [] : [`    destroyed ${body.expiresAt}, unless you move it to a share before`]),
    ...(body?.scan === 'off' ? ['    malware   not scanned: this site has switched scanning off'] : []),
    ...(body?.unscanned === undefined ? [] : [`    malware   ${body.unscanned}`]),
    ...(file.reason === 'same-bytes'
      ? ['    note      the same bytes were here already; no second copy was made']
      : []),
  ];
}

function destroyedLines({ file }: Told): string[] {
  return [
    `  ${pathOf(file)}`,
    ...sizeLines(file),
    `    when      ${file.destroyedAt === null ? '' : isoTime(file.destroyedAt)}`,
  ];
}

/** What happened, what was kept, and what to do next, for every reason that stops a file. */
const STOPPED_WORDS: Readonly<Record<string, string>> = {
  malware: 'Malware was found in it. It is locked away; the data team will look at it. Do not send it again.',
  'too-large': 'It is too large for the malware scanner. It is kept; the data team will look at it.',
  encrypted: 'It is encrypted, so that it cannot be scanned. It is kept; the data team will look at it.',
  'limits-exceeded': 'It is packed too deeply to be scanned. It is kept; the data team will look at it.',
  'not-scanned': 'It was received while scanning was off. It is kept; the data team will look at it.',
  'bytes-differ':
    'The bytes on our disk are not the ones that we received. Please keep your copy; the data team will look at it.',
  'bytes-missing':
    'It is not where it was in your folder, and we have not moved it. Please tell the data team if you have.',
  'name-unavailable':
    'No free name was left for it in your folder. It is kept; please make room or ask the data team.',
};

/** A file by the path that it was sent to. */
function titleLines(file: CustodyFile): string[] {
  const received = isoTime(file.receivedAt ?? file.createdAt);
  return [
    `  ${joinPath(file.path.folder, file.path.name)} (${formatBytes(file.size)}, received ${received})`,
  ];
}

function stoppedLines({ file }: Told): string[] {
  return [
    ...titleLines(file),
    `    ${STOPPED_WORDS[file.reason ?? ''] ?? 'It is kept; the data team will look at it.'}`,
  ];
}

function copyLines({ file, why }: Told): string[] {
  const until = file.expiresAt === null ? '' : ` or its time is over (${isoTime(file.expiresAt)})`;
  return [
    ...titleLines(file),
    ...(why === null ? [] : [`    why       ${why.replaceAll(/[\s\p{C}]+/gu, ' ')}`]),
    '    please    Send it again under the same name, and put right what is said above.',
    `    kept      The copy that we have stays where it is until the data team has decided${until}.`,
  ];
}

const NOT_DESTROYED_WORDS: Readonly<Record<string, string>> = {
  'bytes-differ': 'Something else stands under its name. It was left alone, and nothing was destroyed.',
  'bytes-missing': 'Its name is gone, and not by our hand. Nothing was destroyed that could be certified.',
};

function notDestroyedLines({ file }: Told): string[] {
  return [
    `  ${pathOf(file)} (${file.id})`,
    ...sizeLines(file),
    `    why       ${NOT_DESTROYED_WORDS[file.reason ?? ''] ?? 'It has been decided on meanwhile.'}`,
    `    next      Find out where its bytes are, then decide: havengate file show ${file.id}`,
  ];
}

function closing(attachments: number): string[] {
  return attachments === 0
    ? ['']
    : ['', 'Signed proofs are attached. Keep them: they show what we received or destroyed, and when.', ''];
}
