import { isoTime } from '../kit/clock.ts';
import { LEAVING_TELLINGS, NOT_SENT, RELEASED, REVOKED } from './outbound/tellings.ts';
import type { Mail } from './ports.ts';
import { notMovedInWords } from './reason-words.ts';
import type { SignedReceipt } from './receipt.ts';
import type { SignedCertificate } from './retention/certificate.ts';
import type { NoticeKind } from './states.ts';
import { expiryLines, sizeLines, stoppedLines, type Telling, type Told, titleLines } from './telling.ts';

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
  'move-returned': {
    subject: 'not moved',
    heading: 'Could not be moved to the share, and are in your Arrivals folder as before:',
    lines: returnedLines,
  },
  'file-not-sent': NOT_SENT,
  'file-revoked': REVOKED,
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
  'file-damaged': {
    subject: 'damaged',
    heading:
      'Damaged on our disk: what is there is not what was received, and nobody gets it until a person has decided:',
    lines: damagedLines,
  },
  'file-quarantined': { subject: 'not let in', heading: 'Not let in:', lines: stoppedLines },
  'file-held': { subject: 'held', heading: 'Held until a person has decided:', lines: stoppedLines },
  'file-arrived': {
    subject: 'arrived',
    heading: 'Arrived, and waiting for you in your Arrivals folder:',
    lines: arrivedLines,
  },
  'file-released': RELEASED,
  'file-destroyed': { subject: 'destroyed', heading: 'Destroyed:', lines: destroyedLines },
};

/** The mail that tells these notices. Its id is made from theirs: the same notices make the same mail. */
export function composeMail(site: string, to: Mail['to'], told: readonly Told[]): Mail {
  const ids = told.map(({ notice }) => notice.id);
  const sections = sectionsOf(told);
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

interface Section {
  readonly telling: Telling;
  readonly some: readonly Told[];
}

/** What is told alike, in the order of the tellings; what leaves is told in words of its own where it has them. */
function sectionsOf(told: readonly Told[]): Section[] {
  const byKind = Map.groupBy(told, ({ notice }) => notice.kind);
  const sections = Object.entries(TELLINGS).flatMap(([key, telling]) => {
    const kind = key as NoticeKind;
    const some = byKind.get(kind) ?? [];
    const leaving = LEAVING_TELLINGS[kind];
    if (leaving === undefined) return [{ telling, some }];
    const { out = [], in: coming = [] } = Object.groupBy(some, ({ file }) =>
      file.leavesBy === null ? 'in' : 'out',
    );
    return [
      { telling, some: coming },
      { telling: leaving, some: out },
    ];
  });
  return sections.filter(({ some }) => some.length > 0);
}

function attach(id: string, document: SignedReceipt | SignedCertificate): Mail['attachments'][number] {
  return { name: `${id}.json`, json: JSON.stringify(document, null, 2) };
}

function arrivedLines({ file, path, receipts }: Told): string[] {
  const body = receipts.at(-1)?.body;
  return [
    `  ${body?.arrival.path ?? path}`,
    ...sizeLines(file),
    ...(body === undefined ? [] : [`    destroyed ${body.expiresAt}, unless you move it to a share before`]),
    ...(body?.scan === 'off' ? ['    malware   not scanned: this site has switched scanning off'] : []),
    ...(body?.unscanned === undefined ? [] : [`    malware   ${body.unscanned}`]),
    ...(file.reason === 'same-bytes'
      ? ['    note      the same bytes were here already; no second copy was made']
      : []),
  ];
}

function destroyedLines({ file, path }: Told): string[] {
  return [
    `  ${path}`,
    ...sizeLines(file),
    `    when      ${file.destroyedAt === null ? '' : isoTime(file.destroyedAt)}`,
    ...(file.reason === 'superseded'
      ? ['    note      a longer upload of the same name, which begins with all of it, has taken its place']
      : []),
  ];
}

function returnedLines({ file, path }: Told): string[] {
  return [`  ${path}`, ...sizeLines(file), `    why       ${notMovedInWords(file.reason)}`];
}

function copyLines(told: Told): string[] {
  const { file, why } = told;
  const until = file.expiresAt === null ? '' : ` or its time is over (${isoTime(file.expiresAt)})`;
  return [
    ...titleLines(told),
    ...(why === null ? [] : [`    why       ${why.replaceAll(/[\s\p{C}]+/gu, ' ')}`]),
    '    please    Send it again under the same name, and put right what is said above.',
    `    kept      The copy that we have stays where it is until the data team has decided${until}.`,
  ];
}

function damagedLines({ file, path }: Told): string[] {
  return [
    `  ${path} (${file.id})`,
    ...sizeLines(file),
    '    please    Keep your copy, and send it again if you can.',
    '    kept      What is on the disk is kept as it is until the data team has decided.',
  ];
}

const NOT_DESTROYED_WORDS: Readonly<Record<string, string>> = {
  'bytes-differ': 'Something else stands under its name. It was left alone, and nothing was destroyed.',
  'bytes-missing': 'Its name is gone, and not by our hand. Nothing was destroyed that could be certified.',
};

function notDestroyedLines({ file, path }: Told): string[] {
  return [
    `  ${path} (${file.id})`,
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
