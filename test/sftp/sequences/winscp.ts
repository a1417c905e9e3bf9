import {
  FLAG,
  MISSING,
  makeFolder,
  OK,
  onHandle,
  onPath,
  open,
  read,
  rename,
  type Step,
  setStat,
  write,
} from './step.ts';

/*
 * What WinSCP sends, by its source (winscp/winscp, source/core/SftpFileSystem.cpp: DoStartup, ReadDirectory, Source,
 * SFTPOpenRemote, SFTPCloseRemote, RenameFile, Sink) and its manual (winscp.net/eng/docs/resume). Files of 100 KB and
 * more go to `NAME.filepart`; what has the name is removed, and the part is renamed to it.
 */

/** WinSCP asks for this version in INIT, and speaks 3 when it is offered no more. */
export const WINSCP_VERSION = 6;

const PIECE = 32_768;
const MTIME = 1_600_000_000;

/** The first folder: where am I, and what is there. It does not wait for the answer to CLOSE. */
export function browse(names: readonly string[]): Step[] {
  return [
    onPath('REALPATH', '.', { path: '/arrivals' }),
    onPath('OPENDIR', '/arrivals', { handle: 'folder' }),
    onHandle('READDIR', { names: ['.', '..', ...names] }, { handle: 'folder' }),
    onHandle('READDIR', { status: 'EOF' }, { handle: 'folder' }),
    onHandle('CLOSE', OK, { handle: 'folder', runsAhead: true }),
  ];
}

/** A large file whose name is free. */
function upload(path: string, bytes: Buffer): Step[] {
  return [onPath('LSTAT', path, MISSING), ...sendPart(path, bytes), ...finish(path)];
}

/** The beginning of it, as far as it came when the connection was lost. */
export function uploadBeginning(path: string, bytes: Buffer, whole: number): Step[] {
  return [
    onPath('LSTAT', path, MISSING),
    onPath('LSTAT', `${path}.filepart`, MISSING),
    open(`${path}.filepart`, FLAG.WRITE | FLAG.CREATE | FLAG.TRUNCATE, { size: whole }),
    ...write(bytes, PIECE),
  ];
}

/** It goes on with the part, without APPEND and without a size. */
export function uploadRest(path: string, bytes: Buffer, there: number): Step[] {
  return [
    onPath('LSTAT', path, MISSING),
    onPath('LSTAT', `${path}.filepart`, { size: there }),
    open(`${path}.filepart`, FLAG.WRITE | FLAG.CREATE, {}),
    ...write(bytes.subarray(there), PIECE, there),
    onHandle('CLOSE', OK),
    ...finish(path),
  ];
}

/** A large file over one of the name: the old one is removed only once the new one is whole. */
export function overwrite(path: string, bytes: Buffer, old: number): Step[] {
  return [
    onPath('LSTAT', path, { size: old }),
    ...sendPart(path, bytes),
    onPath('REMOVE', path, OK),
    rename(`${path}.filepart`, path),
    setStat(path, { permissions: 0o600, mtime: MTIME }),
  ];
}

/** A small file over one of the name: it finds by EXCL that there is one, asks the person, and truncates. */
export function overwriteSmall(path: string, bytes: Buffer, old: number): Step[] {
  const fresh = FLAG.WRITE | FLAG.CREATE | FLAG.TRUNCATE;
  return [
    open(
      path,
      fresh | FLAG.EXCLUSIVE,
      { size: bytes.length },
      { status: 'FAILURE', saying: /name is taken/ },
    ),
    onPath('LSTAT', path, { size: old }),
    open(path, fresh, { size: bytes.length }),
    ...write(bytes, PIECE),
    onHandle('CLOSE', OK, { runsAhead: true }),
    setStat(path, { mtime: MTIME }),
  ];
}

/** A small file that the person gave up: it is closed and removed. */
export function cancelSmall(path: string, bytes: Buffer): Step[] {
  return [
    open(path, FLAG.WRITE | FLAG.CREATE | FLAG.TRUNCATE | FLAG.EXCLUSIVE, { size: bytes.length * 2 }),
    ...write(bytes, PIECE),
    onHandle('CLOSE', OK),
    onPath('REMOVE', path, OK),
    onPath('LSTAT', path, MISSING),
  ];
}

/** "Resume" and "Append" in its question about a file that is there already. */
export function append(path: string, rest: Buffer, old: number): Step[] {
  return [
    open(
      path,
      FLAG.WRITE | FLAG.CREATE | FLAG.TRUNCATE | FLAG.EXCLUSIVE,
      { size: old + rest.length },
      { status: 'FAILURE' },
    ),
    onPath('LSTAT', path, { size: old }),
    open(path, FLAG.WRITE | FLAG.CREATE, {}),
    ...write(rest, PIECE, old),
    onHandle('CLOSE', OK),
  ];
}

/** Keeping remote folders up to date with deletion: what is not there locally any more is removed. */
export function removeSettled(path: string, size: number): Step[] {
  return [
    onPath('LSTAT', path, { size }),
    onPath('REMOVE', path, { status: 'PERMISSION_DENIED', saying: /on its way/ }),
    onPath('LSTAT', path, { size }),
  ];
}

/** A folder with a file. */
export function uploadFolder(path: string, name: string, bytes: Buffer): Step[] {
  return [
    makeFolder(path, { permissions: 0o755 }),
    onPath('LSTAT', path, { size: 0 }),
    ...upload(`${path}/${name}`, bytes),
  ];
}

/** A download; it closes the file as soon as it knows the end. */
export function download(path: string, bytes: Buffer): Step[] {
  return [
    onPath('LSTAT', path, { size: bytes.length }),
    open(path, FLAG.READ, {}),
    onHandle('FSTAT', { size: bytes.length }),
    ...read(bytes, PIECE),
    onHandle('CLOSE', OK),
  ];
}

function sendPart(path: string, bytes: Buffer): Step[] {
  return [
    onPath('LSTAT', `${path}.filepart`, MISSING),
    open(`${path}.filepart`, FLAG.WRITE | FLAG.CREATE | FLAG.TRUNCATE, { size: bytes.length }),
    ...write(bytes, PIECE),
    onHandle('CLOSE', OK),
  ];
}

function finish(path: string): Step[] {
  return [rename(`${path}.filepart`, path), setStat(path, { mtime: MTIME })];
}
