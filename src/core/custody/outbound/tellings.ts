import { isoTime } from '../../kit/clock.ts';
import { joinPath } from '../names.ts';
import { notSentInWords } from '../reason-words.ts';
import type { NoticeKind } from '../states.ts';
import { expiryLines, sizeLines, stoppedLines, type Telling, type Told } from '../telling.ts';

/** How a sealing that came to nothing is told. */
export const NOT_SENT: Telling = {
  subject: 'not sent',
  heading: 'Not sent out. In the share they are as they were; what was wrong is said with each:',
  lines: notSentLines,
};

/** How a release is told. */
export const RELEASED: Telling = {
  subject: 'released',
  heading: 'Released, and waiting for you outside. Download them before the time that is given:',
  lines: releasedLines,
};

/** How a revocation is told. */
export const REVOKED: Telling = {
  subject: 'taken back',
  heading: 'Taken back. They cannot be downloaded any more, and will be destroyed:',
  lines: revokedLines,
};

/** Notices that are told in other words of a file that leaves. */
export const LEAVING_TELLINGS: Readonly<Partial<Record<NoticeKind, Telling>>> = {
  'file-expires-soon': {
    subject: 'not collected',
    heading:
      'Released and not collected yet. Download all of each from outside before the time that is given; then it is destroyed:',
    lines: expiryLines,
  },
  'file-quarantined': { subject: 'not let out', heading: 'Not let out:', lines: stoppedLines },
};

function notSentLines({ file, share }: Told): string[] {
  const from = file.working ?? file.path;
  return [
    `  ${joinPath(from.folder, from.name)} in ${share ?? 'the share'}`,
    `    why       ${notSentInWords(file.reason)}`,
  ];
}

function releasedLines({ file, path, released }: Told): string[] {
  const had = released ?? { file, path };
  const { expiresAt } = had.file;
  return [
    `  ${had.path}`,
    ...sizeLines(had.file),
    '    where     at the outside door, under that path, read only',
    ...(expiresAt === null ? [] : [`    until     ${isoTime(expiresAt)}; then it is destroyed`]),
    ...(file.reason === 'same-bytes'
      ? ['    note      the same bytes were released already; no second copy was made']
      : []),
  ];
}

function revokedLines({ file, path, why }: Told): string[] {
  return [
    `  ${path}`,
    ...sizeLines(file),
    // What somebody wrote stays on its line.
    ...(why === null ? [] : [`    why       ${why.replaceAll(/[\s\p{C}]+/gu, ' ')}`]),
    `    collected ${file.collectedAt === null ? 'never as a whole' : isoTime(file.collectedAt)}`,
  ];
}
