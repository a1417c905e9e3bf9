import type { WorkingRefusal } from '../../core/custody/shares/ports.ts';
import { type Refused, refuse } from '../../core/kit/result.ts';
import type { NoFolder } from './folders.ts';

const BY_CODE: Readonly<Record<string, WorkingRefusal>> = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  EISDIR: 'is-a-folder',
  ENOTDIR: 'not-a-folder',
  ENOTEMPTY: 'not-empty',
  ELOOP: 'links',
  // A pipe without a reader, or a socket: something that is no file.
  ENXIO: 'links',
  EXDEV: 'other-disk',
  ENAMETOOLONG: 'name-invalid',
  EILSEQ: 'name-invalid',
  ENOSPC: 'no-room',
  EDQUOT: 'no-room',
};

const BY_FOLDER: Readonly<Record<NoFolder, WorkingRefusal>> = {
  absent: 'not-found',
  link: 'links',
  'no-folder': 'not-a-folder',
};

/** What the disk declined, as data; throws the error again when it is a fault and no answer to what was asked. */
export function refusalOf(error: unknown): Refused<WorkingRefusal> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const refusal = BY_CODE[code];
  if (refusal === undefined) throw error;
  return refuse(refusal);
}

/** What is in the way of a folder that was asked for. */
export function folderRefusal(found: NoFolder): Refused<WorkingRefusal> {
  return refuse(BY_FOLDER[found]);
}
