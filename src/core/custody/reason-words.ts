import type { FileReason } from './file.ts';

/** What went wrong with a file, in a sentence for its owner and the data team. */
const WHY: Readonly<Record<FileReason, string>> = {
  superseded: 'Another upload took its place.',
  'same-bytes': 'The same bytes were there already.',
  idle: 'Nobody went on with it.',
  'write-failed': 'The disk could not keep it.',
  'no-room': 'There was no room for it.',
  'not-continued': 'It could not begin with the bytes of the file that it was to go on from.',
  orphan: 'It was found in the airlock, and nothing was known of it.',
  malware: 'Malware was found in it.',
  'bytes-corrupt': 'Its bytes on our disk are not the ones that we received any more.',
  'changed-since': 'It was changed in the share.',
  'gone-since': 'It was moved or removed in the share.',
  'source-missing': 'It was not there any more, or was no regular file.',
  'source-changing': 'It was being changed all the time, so that no copy of one moment could be made.',
  'right-withdrawn': 'Its owner does not have the right to do this any more.',
  'name-occupied': 'Something else has the name in the share.',
  'share-closed': 'The share was closed.',
  'share-full': 'The share has no room left.',
  'share-unwritable': 'The share could not be written to.',
  'not-scanned': 'It was received while scanning was off.',
  'too-large': 'It is too large for the malware scanner.',
  encrypted: 'It is encrypted, so that it cannot be scanned.',
  'limits-exceeded': 'It is packed too deeply to be scanned.',
  'bytes-differ': 'The bytes on our disk are not the ones that we received.',
  'bytes-missing': 'It is not where it was in your folder, and we have not moved it.',
  'name-unavailable': 'No free name was left for it in your folder.',
};

/** What was kept of a stopped file and what to do next, where it is not what is said of most. */
const NEXT: Readonly<Partial<Record<FileReason, string>>> = {
  malware: 'It is locked away; the data team will look at it. Do not send it again.',
  'bytes-corrupt': 'Please keep your copy, and send it again if you can; the data team will look at it.',
  'bytes-differ': 'Please keep your copy; the data team will look at it.',
  'bytes-missing': 'Please tell the data team if you have.',
  'name-unavailable': 'It is kept; please make room or ask the data team.',
  'right-withdrawn': 'It is kept; the data team decides whether it leaves.',
};

/** What became of a held or quarantined file: what went wrong, what was kept, what to do next. */
export function stoppedInWords(reason: FileReason | null): string {
  const next = reason === null ? undefined : NEXT[reason];
  return [
    ...(reason === null ? [] : [WHY[reason]]),
    next ?? 'It is kept; the data team will look at it.',
  ].join(' ');
}

/** Why a working file was not sent. */
export function notSentInWords(reason: FileReason | null): string {
  if (reason === 'too-large') return 'It is larger than this service takes.';
  return reason === null ? 'It could not be copied.' : WHY[reason];
}

/** Why a move into a share was given up. */
export function notMovedInWords(reason: FileReason | null): string {
  return reason === null ? 'Another file of the same folder could not be moved.' : WHY[reason];
}
