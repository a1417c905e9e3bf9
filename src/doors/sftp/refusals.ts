import type { ChangeRefusal } from '../../core/custody/change-upload.ts';
import type { DigestRefusal } from '../../core/custody/digests/digest-query.ts';
import type { ViewRefusal } from '../../core/custody/drop-view.ts';
import type { FolderRefusal } from '../../core/custody/folders.ts';
import type { NameRefusal } from '../../core/custody/names.ts';
import type { OpenRefusal } from '../../core/custody/open-upload.ts';
import type { OutboundRefusal } from '../../core/custody/outbound/outbound-view.ts';
import type { SendRefusal } from '../../core/custody/outbound/send-out.ts';
import type { ArrivalRefusal } from '../../core/custody/shares/arrivals-view.ts';
import type { MoveRefusal } from '../../core/custody/shares/move-refusal.ts';
import type { ShareRefusal } from '../../core/custody/shares/working-refusal.ts';
import type { WriteRefusal } from '../../core/custody/upload-writer.ts';
import type { Refused } from '../../core/kit/result.ts';
import { STATUS, type StatusCode } from './wire/message-types.ts';

/** What this door itself declines. */
type DoorRefusal =
  | 'no-reading-back'
  | 'not-here'
  | 'comes-from-outside'
  | 'as-it-arrived'
  | 'to-a-share-first'
  | 'is-leaving'
  | 'other-share'
  | 'only-released'
  | 'only-uploads'
  | 'bad-handle'
  | 'too-many-handles'
  | 'unsupported'
  | 'no-blocks'
  | 'incomplete'
  | 'not-kept'
  | 'stopping';

/** Every refusal that an SFTP client can be told. */
export type Refusal =
  | OpenRefusal
  | ChangeRefusal
  | FolderRefusal
  | ViewRefusal
  | OutboundRefusal
  | SendRefusal
  | ArrivalRefusal
  | MoveRefusal
  | ShareRefusal
  | WriteRefusal
  | NameRefusal
  | DigestRefusal
  | DoorRefusal;

/** A status with its sentence: what went wrong, what was kept, what to do next. */
export interface Answer {
  readonly code: StatusCode;
  readonly sentence: string;
}

const ANSWERS = {
  frozen: {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'nothing can be done here for now; what was received is kept; ask the data team',
  },
  'gate-closed': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'you may not send, fetch or move files yet; what was received is kept; the portal shows what is missing',
  },
  'account-disabled': {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'your account has been disabled; what was received is kept; ask the data team',
  },
  'folder-missing': {
    code: STATUS.NO_SUCH_FILE,
    sentence: 'the folder is not there; nothing was changed; make it first (mkdir)',
  },
  'is-a-folder': {
    code: STATUS.FAILURE,
    sentence: 'a folder has this name; nothing was changed; choose another name',
  },
  'not-found': { code: STATUS.NO_SUCH_FILE, sentence: 'there is no such file or folder' },
  exists: {
    code: STATUS.FAILURE,
    sentence: 'the name is taken; nothing was changed; choose another name, or remove what has it',
  },
  settled: {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'this upload is complete and on its way, so it cannot be changed any more; nothing was changed; ' +
      'a new upload under the same name is kept beside it',
  },
  'gone-on': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'what was sent under this name has gone on, and is not here to be gone on with; it is kept where it is; ' +
      'send the whole file again (put)',
  },
  'being-written': {
    code: STATUS.FAILURE,
    sentence:
      'another session is writing this upload; nothing was changed; try again when it has ended, ' +
      'or half a minute after it was lost',
  },
  'too-large': {
    code: STATUS.FAILURE,
    sentence: 'the file is larger than this service takes; ask the data team for another way in',
  },
  'no-room': {
    code: STATUS.FAILURE,
    sentence: 'the server has no room left; what has been sent is kept and can be resumed later (reput)',
  },
  superseded: {
    code: STATUS.FAILURE,
    sentence: 'another session took this upload over, or removed it; send it again if you still need it',
  },
  'not-empty': {
    code: STATUS.FAILURE,
    sentence: 'the folder is not empty; nothing was changed; remove what is in it first',
  },
  'name-invalid': { code: STATUS.FAILURE, sentence: 'this name cannot be kept; choose another name' },
  'path-too-long': { code: STATUS.FAILURE, sentence: 'this name is too long; choose a shorter one' },
  'no-reading-back': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'files that you upload cannot be read back here; they are on the other side once they are checked',
  },
  'not-here': {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'nothing can be changed in this folder itself',
  },
  'comes-from-outside': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'what is in Arrivals comes from outside, through the checks; nothing was changed; put working files ' +
      'into /shares, and upload what is to come in at the outside door',
  },
  'as-it-arrived': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'files stay in Arrivals as they arrived; nothing was changed; move them to a share (rename to ' +
      '/shares/…) to work with them',
  },
  'to-a-share-first': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'what has arrived cannot be sent out as it is; nothing was changed; move it to a share first ' +
      '(rename to /shares/…), and send it out from there',
  },
  'is-leaving': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'what was put into /outbound leaves the haven and does not come back; nothing was changed; remove it ' +
      'while it can be, and put the file into the share',
  },
  'other-share': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'a file leaves by the outbound folder of its own share; nothing was changed; use the folder of that share',
  },
  'only-released': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'what is released to you can be downloaded, and not changed; nothing was changed; uploads go to /arrivals',
  },
  'only-uploads': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'this session is for uploading, because it was opened without a code; nothing was changed; sign in with a code ' +
      '(as NAME+code, so that you are asked for one)',
  },
  'share-unknown': {
    code: STATUS.NO_SUCH_FILE,
    sentence: 'there is no such share for you; nothing was changed; ask its owner whether you are a member',
  },
  'no-right': {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'nothing was changed; ask the owner of the share for the right',
  },
  'held-back': {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'the file has to stay in Arrivals for now; it is kept; ask the data team until when',
  },
  'not-holder': {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'the file is not yours; nothing was changed; ask the person who holds it',
  },
  'not-arrived': {
    code: STATUS.FAILURE,
    sentence:
      'the file is not in Arrivals, or is being moved already; nothing was changed; list the folder again',
  },
  damaged: {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'its bytes were altered on our disk, so nobody gets them; what is there is kept, and the data team decides; ' +
      'send it again if you have a copy',
  },
  'being-moved': {
    code: STATUS.FAILURE,
    sentence: 'nothing was changed; try again when the file has come',
  },
  'is-the-top': {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'a share itself is made and removed by the data team; nothing was changed',
  },
  'share-full': {
    code: STATUS.FAILURE,
    sentence:
      'the share has no room left; the file is in Arrivals as before; make room in the share and move it again',
  },
  'share-unwritable': {
    code: STATUS.FAILURE,
    sentence:
      'the share cannot be written to at the moment; the file is in Arrivals as before; ask the data team',
  },
  'bytes-differ': {
    code: STATUS.FAILURE,
    sentence: 'the file is not as it arrived, so it was not moved; nothing was changed; ask the data team',
  },
  'other-disk': {
    code: STATUS.FAILURE,
    sentence:
      'the two shares are on different disks; nothing was changed; copy the file there and then remove it here',
  },
  'not-opened-so': {
    code: STATUS.PERMISSION_DENIED,
    sentence:
      'the file was not opened for this; nothing was changed; open it again for reading or for writing',
  },
  links: {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'links are neither made nor followed here; nothing was changed; use the file itself',
  },
  'not-complete': {
    code: STATUS.FAILURE,
    sentence: 'the file is not complete yet, so it has no digest; ask again when it is',
  },
  'changed-meanwhile': {
    code: STATUS.FAILURE,
    sentence: 'the upload was changed while it was read; ask again',
  },
  'bytes-elsewhere': {
    code: STATUS.FAILURE,
    sentence: 'the bytes have gone on and are not read for a digest; ask for SHA-256, which was kept',
  },
  'digest-differs': {
    code: STATUS.FAILURE,
    sentence: 'the disk does not hold what was received; nothing was changed; ask the data team',
  },
  'not-computed': {
    code: STATUS.FAILURE,
    sentence:
      'no SHA-256 of the file is kept yet; ask again when it is inspected, or run sha256sum PATH over SSH',
  },
  'no-blocks': {
    code: STATUS.OP_UNSUPPORTED,
    sentence: 'only the SHA-256 of a whole file is told here (sha256, start 0, length 0, block size 0)',
  },
  'not-a-folder': { code: STATUS.FAILURE, sentence: 'this is a file, not a folder' },
  'bad-handle': {
    code: STATUS.FAILURE,
    sentence: 'the handle is not open, or not for this; open the file or folder again',
  },
  'too-many-handles': {
    code: STATUS.FAILURE,
    sentence: 'too many files and folders are open in this session; close some first',
  },
  unsupported: { code: STATUS.OP_UNSUPPORTED, sentence: 'this server does not know this operation' },
  incomplete: {
    code: STATUS.FAILURE,
    sentence: 'not all of the upload could be written; what has been sent is kept and can be resumed (reput)',
  },
  'not-kept': {
    code: STATUS.FAILURE,
    sentence: 'not everything could be written to the file; look what is in it, and write it again',
  },
  stopping: {
    code: STATUS.FAILURE,
    sentence: 'the server is stopping; what has been sent is kept; try again in a few minutes',
  },
} as const satisfies Record<Refusal, Answer>;

/** The status and sentence of a refusal. A detail from the core says what was wrong, and stands first. */
export function answerRefusal({ refusal, detail }: Refused<Refusal>): Answer {
  const answer = ANSWERS[refusal];
  return detail === undefined ? answer : { ...answer, sentence: `${detail}; ${answer.sentence}` };
}

const ERRNO_SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; what has been sent is kept and can be resumed (reput)',
  EDQUOT: 'the disk quota is used up; what has been sent is kept and can be resumed (reput)',
  EFBIG: 'the file is larger than the server can keep; what has been sent is kept',
  EACCES:
    'the server may not touch this: it was made with rights that keep the server out; ask the data team',
  EPERM: 'the server may not touch this: it was made with rights that keep the server out; ask the data team',
  EROFS: 'the server cannot write at the moment; what has been sent is kept and can be resumed (reput)',
  EMFILE: 'the server has too many files open; nothing was changed; try again in a minute',
  ENFILE: 'the server has too many files open; nothing was changed; try again in a minute',
  EIO: 'the disk could not keep the upload; send it again from the beginning',
};

/**
 * What a client is told when something unexpected was thrown. Says nothing about the inside of the server; the log
 * has it.
 */
export function answerError(error: unknown): Answer {
  const sentence =
    errnos(error)
      .map((code) => ERRNO_SENTENCES[code])
      .find((known) => known !== undefined) ??
    'the server could not do this at the moment; what was confirmed before is kept; try again in a minute';
  return { code: STATUS.FAILURE, sentence };
}

/** Whether a client asked for more than a file system can hold: nothing is wrong then that operators have to look at. */
export function isTooLarge(error: unknown): boolean {
  return errnos(error).includes('EFBIG');
}

/** The errno codes of an error and its causes, outermost first. */
function errnos(error: unknown): string[] {
  const codes: string[] = [];
  for (let at: unknown = error; at instanceof Error && codes.length < 10; at = at.cause) {
    codes.push('code' in at && typeof at.code === 'string' ? at.code : '');
  }
  return codes;
}
