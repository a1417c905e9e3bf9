import type { ChangeRefusal } from '../../core/custody/change-upload.ts';
import type { FolderRefusal } from '../../core/custody/folders.ts';
import type { NameRefusal } from '../../core/custody/names.ts';
import type { OpenRefusal } from '../../core/custody/open-upload.ts';
import type { ViewRefusal } from '../../core/custody/outside-view.ts';
import type { WriteRefusal } from '../../core/custody/upload-writer.ts';
import type { Refused } from '../../core/kit/result.ts';
import { STATUS, type StatusCode } from './wire/message-types.ts';

/** What this door itself declines. */
type DoorRefusal =
  | 'no-reading-back'
  | 'not-here'
  | 'nothing-here'
  | 'links'
  | 'not-a-folder'
  | 'bad-handle'
  | 'too-many-handles'
  | 'unsupported'
  | 'incomplete'
  | 'stopping';

/** Every refusal that an SFTP client can be told. */
export type Refusal =
  | OpenRefusal
  | ChangeRefusal
  | FolderRefusal
  | ViewRefusal
  | WriteRefusal
  | NameRefusal
  | DoorRefusal;

/** A status with its sentence: what went wrong, what was kept, what to do next. */
export interface Answer {
  readonly code: StatusCode;
  readonly sentence: string;
}

const ANSWERS = {
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
      'this upload is complete and on its way to Arrivals inside, so it cannot be changed from outside; ' +
      'nothing was changed; a new upload under the same name is kept beside it',
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
    sentence: 'files that you upload cannot be read back here; they are in Arrivals inside',
  },
  'not-here': {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'nothing can be changed here; put files and folders into /arrivals',
  },
  'nothing-here': {
    code: STATUS.PERMISSION_DENIED,
    sentence: 'inside, nothing is moved over SFTP yet; what has arrived is in the Arrivals folder',
  },
  links: { code: STATUS.PERMISSION_DENIED, sentence: 'links are neither made nor followed here' },
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

/** The errno codes of an error and its causes, outermost first. */
function errnos(error: unknown): string[] {
  const codes: string[] = [];
  for (let at: unknown = error; at instanceof Error && codes.length < 10; at = at.cause) {
    codes.push('code' in at && typeof at.code === 'string' ? at.code : '');
  }
  return codes;
}
