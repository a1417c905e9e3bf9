import type { NeededRight } from '../../../src/doors/sftp/requests.ts';
import { MESSAGE } from '../../../src/doors/sftp/wire/message-types.ts';
import { string, uint32, uint64 } from '../raw-client.ts';

/** Paths in a place: of something that is there, and of what is not. */
export interface SamplePaths {
  readonly file: string;
  readonly folder: string;
  readonly free: string;
  readonly target: string;
}

/** One request with a path, and the right that it comes down to, where the table leaves it to flags. */
export interface Sample {
  readonly of: string;
  readonly right?: NeededRight;
  readonly request: (paths: SamplePaths) => readonly [type: number, ...fields: Buffer[]];
}

const NO_ATTRIBUTES = uint32(0);
const SIZE_OF_ONE = Buffer.concat([uint32(1), uint64(1)]);
const DIGEST_QUERY = [string('sha256'), uint64(0), uint64(0), uint32(0)];

const extended = (name: string, ...fields: Buffer[]) => [MESSAGE.EXTENDED, string(name), ...fields] as const;

/** A request of every operation that has a path, or none at all. */
export const SAMPLES: readonly Sample[] = [
  {
    of: 'open',
    right: 'read',
    request: ({ file }) => [MESSAGE.OPEN, string(file), uint32(0x01), NO_ATTRIBUTES],
  },
  {
    of: 'open',
    right: 'put',
    request: ({ free }) => [MESSAGE.OPEN, string(free), uint32(0x1a), NO_ATTRIBUTES],
  },
  { of: 'lstat', request: ({ file }) => [MESSAGE.LSTAT, string(file)] },
  { of: 'setstat', request: ({ file }) => [MESSAGE.SETSTAT, string(file), SIZE_OF_ONE] },
  { of: 'opendir', request: ({ folder }) => [MESSAGE.OPENDIR, string(folder)] },
  { of: 'remove', request: ({ file }) => [MESSAGE.REMOVE, string(file)] },
  { of: 'mkdir', request: ({ free }) => [MESSAGE.MKDIR, string(free), NO_ATTRIBUTES] },
  { of: 'rmdir', request: ({ folder }) => [MESSAGE.RMDIR, string(folder)] },
  { of: 'realpath', request: ({ file }) => [MESSAGE.REALPATH, string(file)] },
  { of: 'stat', request: ({ file }) => [MESSAGE.STAT, string(file)] },
  { of: 'rename', request: ({ file, target }) => [MESSAGE.RENAME, string(file), string(target)] },
  { of: 'limits@openssh.com', request: () => extended('limits@openssh.com') },
  {
    of: 'posix-rename@openssh.com',
    request: ({ file, target }) => extended('posix-rename@openssh.com', string(file), string(target)),
  },
  {
    of: 'lsetstat@openssh.com',
    request: ({ file }) => extended('lsetstat@openssh.com', string(file), SIZE_OF_ONE),
  },
  { of: 'statvfs@openssh.com', request: ({ file }) => extended('statvfs@openssh.com', string(file)) },
  { of: 'expand-path@openssh.com', request: ({ file }) => extended('expand-path@openssh.com', string(file)) },
  { of: 'home-directory', request: () => extended('home-directory', string('alice')) },
  {
    of: 'check-file-name',
    request: ({ file }) => extended('check-file-name', string(file), ...DIGEST_QUERY),
  },
];

/** Requests that are refused to everybody, in the same words. */
export const LINKS: readonly Sample[] = [
  { of: 'readlink', request: ({ file }) => [MESSAGE.READLINK, string(file)] },
  { of: 'symlink', request: ({ file, free }) => [MESSAGE.SYMLINK, string(file), string(free)] },
  {
    of: 'hardlink@openssh.com',
    request: ({ file, free }) => extended('hardlink@openssh.com', string(file), string(free)),
  },
];

/** A request on a handle, of what is opened how. */
export interface HandleSample {
  readonly of: string;
  readonly opened: 'reading' | 'writing' | 'folder';
  readonly request: (handle: Buffer) => readonly [type: number, ...fields: Buffer[]];
}

/** A request of every operation that begins with a handle. */
export const HANDLE_SAMPLES: readonly HandleSample[] = [
  {
    of: 'read',
    opened: 'reading',
    request: (handle) => [MESSAGE.READ, string(handle), uint64(0), uint32(10)],
  },
  {
    of: 'write',
    opened: 'writing',
    request: (handle) => [MESSAGE.WRITE, string(handle), uint64(0), string('x')],
  },
  { of: 'fstat', opened: 'reading', request: (handle) => [MESSAGE.FSTAT, string(handle)] },
  {
    of: 'fsetstat',
    opened: 'writing',
    request: (handle) => [MESSAGE.FSETSTAT, string(handle), SIZE_OF_ONE],
  },
  { of: 'readdir', opened: 'folder', request: (handle) => [MESSAGE.READDIR, string(handle)] },
  {
    of: 'fsync@openssh.com',
    opened: 'writing',
    request: (handle) => extended('fsync@openssh.com', string(handle)),
  },
  {
    of: 'fstatvfs@openssh.com',
    opened: 'reading',
    request: (handle) => extended('fstatvfs@openssh.com', string(handle)),
  },
  {
    of: 'check-file',
    opened: 'reading',
    request: (handle) => extended('check-file', string(handle), ...DIGEST_QUERY),
  },
  {
    of: 'check-file-handle',
    opened: 'reading',
    request: (handle) => extended('check-file-handle', string(handle), ...DIGEST_QUERY),
  },
  { of: 'close', opened: 'reading', request: (handle) => [MESSAGE.CLOSE, string(handle)] },
];
