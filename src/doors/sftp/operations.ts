import { refuse } from '../../core/kit/result.ts';
import { checkFileHandle, checkFileName } from './check-file.ts';
import * as extension from './extensions.ts';
import * as onHandle from './handle-requests.ts';
import * as onPath from './path-requests.ts';
import type { Reply, Row } from './requests.ts';
import type { FieldReader } from './wire/field-reader.ts';
import { MESSAGE } from './wire/message-types.ts';

async function refuseLinks(): Reply {
  return refuse('links');
}

/**
 * A request of version 3, by its type, or an extension, by its name, with the data that VERSION announces it with; null
 * for one that is answered but not announced.
 */
export type Operation = Row & ({ readonly type: number } | { readonly announced: string | null });

/**
 * Every operation that the door knows (draft-ietf-secsh-filexfer-02 section 3; extensions of OpenSSH's PROTOCOL section
 * 4 and of draft-ietf-secsh-filexfer-extensions-00): where it is queued, whether it writes, the right it needs, and who
 * answers it.
 */
// biome-ignore format: a table
export const OPERATIONS: readonly Operation[] = [
  { type: MESSAGE.OPEN, name: 'open', on: 'path', writes: true, right: 'by-flags', answer: onPath.open },
  { type: MESSAGE.CLOSE, name: 'close', on: 'handle', writes: true, right: 'none', answer: onHandle.close },
  { type: MESSAGE.READ, name: 'read', on: 'bytes', writes: false, right: 'as-opened', answer: onHandle.read },
  { type: MESSAGE.WRITE, name: 'write', on: 'data', writes: true, right: 'as-opened' },
  { type: MESSAGE.LSTAT, name: 'lstat', on: 'path', writes: false, right: 'look', answer: onPath.stat },
  { type: MESSAGE.FSTAT, name: 'fstat', on: 'handle', writes: false, right: 'as-opened', answer: onHandle.stat },
  { type: MESSAGE.SETSTAT, name: 'setstat', on: 'path', writes: true, right: 'put', answer: onPath.setStat },
  { type: MESSAGE.FSETSTAT, name: 'fsetstat', on: 'handle', writes: true, right: 'as-opened', answer: onHandle.setStat },
  { type: MESSAGE.OPENDIR, name: 'opendir', on: 'path', writes: false, right: 'look', answer: onPath.openFolder },
  { type: MESSAGE.READDIR, name: 'readdir', on: 'handle', writes: false, right: 'as-opened', answer: onHandle.readFolder },
  { type: MESSAGE.REMOVE, name: 'remove', on: 'path', writes: true, right: 'take', answer: onPath.remove },
  { type: MESSAGE.MKDIR, name: 'mkdir', on: 'path', writes: true, right: 'put', answer: onPath.makeFolder },
  { type: MESSAGE.RMDIR, name: 'rmdir', on: 'path', writes: true, right: 'take', answer: onPath.removeFolder },
  { type: MESSAGE.REALPATH, name: 'realpath', on: 'path', writes: false, right: 'none', answer: onPath.realPath },
  { type: MESSAGE.STAT, name: 'stat', on: 'path', writes: false, right: 'look', answer: onPath.stat },
  { type: MESSAGE.RENAME, name: 'rename', on: 'path', writes: true, right: 'take', answer: onPath.rename },
  { type: MESSAGE.READLINK, name: 'readlink', on: 'path', writes: false, right: 'none', answer: refuseLinks },
  { type: MESSAGE.SYMLINK, name: 'symlink', on: 'path', writes: true, right: 'none', answer: refuseLinks },

  { announced: '1', name: 'limits@openssh.com', on: 'path', writes: false, right: 'none', answer: extension.limits },
  { announced: '1', name: 'fsync@openssh.com', on: 'handle', writes: true, right: 'as-opened', answer: onHandle.sync },
  { announced: '1', name: 'posix-rename@openssh.com', on: 'path', writes: true, right: 'take', answer: onPath.renameOver },
  { announced: '1', name: 'lsetstat@openssh.com', on: 'path', writes: true, right: 'put', answer: onPath.setStat },
  { announced: '2', name: 'statvfs@openssh.com', on: 'path', writes: false, right: 'look', answer: extension.roomOfPath },
  { announced: '2', name: 'fstatvfs@openssh.com', on: 'handle', writes: false, right: 'member', answer: extension.roomOfHandle },
  { announced: '1', name: 'expand-path@openssh.com', on: 'path', writes: false, right: 'none', answer: onPath.expandPath },
  { announced: '1', name: 'home-directory', on: 'path', writes: false, right: 'none', answer: extension.home },
  { announced: '', name: 'check-file', on: 'handle', writes: false, right: 'as-opened', answer: checkFileHandle },
  { announced: '', name: 'check-file-handle', on: 'handle', writes: false, right: 'as-opened', answer: checkFileHandle },
  { announced: '', name: 'check-file-name', on: 'path', writes: false, right: 'look', answer: checkFileName },
  { announced: null, name: 'hardlink@openssh.com', on: 'path', writes: true, right: 'none', answer: refuseLinks },
];

const BY_TYPE: ReadonlyMap<number, Row> = new Map(
  OPERATIONS.flatMap((one) => ('type' in one ? [[one.type, one] as const] : [])),
);

const BY_NAME: ReadonlyMap<string, Row> = new Map(
  OPERATIONS.flatMap((one) => ('announced' in one ? [[one.name, one] as const] : [])),
);

/** What VERSION announces (draft-ietf-secsh-filexfer-02 section 4). */
export const ANNOUNCED: readonly (readonly [name: string, data: string])[] = OPERATIONS.flatMap((one) =>
  'announced' in one && one.announced !== null ? [[one.name, one.announced] as const] : [],
);

/** The row of a request; reads the name of an extension from its fields. Undefined: nobody knows this request. */
export function findRow(type: number, fields: FieldReader): Row | undefined {
  return type === MESSAGE.EXTENDED ? BY_NAME.get(fields.latin1()) : BY_TYPE.get(type);
}
