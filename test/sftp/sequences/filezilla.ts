import {
  FLAG,
  MISSING,
  makeFolder,
  OK,
  onHandle,
  onPath,
  open,
  read,
  type Step,
  setStat,
  write,
} from './step.ts';

/*
 * What FileZilla sends. Its fzsftp is PuTTY's psftp (src/putty/psftp.c: sftp_put_file, sftp_get_file, sftp_cmd_ls,
 * sftp_cmd_cd, sftp_cmd_mkdir, sftp_cmd_chmtime; sftp.c: xfer_upload_data). It browses on one connection and transfers
 * on another (wiki.filezilla-project.org/Connection_limits), and asks for four pages of a folder at once.
 */

const PIECE = 16_384;
const MTIME = 1_600_000_000;

/** The connection that browses: where am I, then the folder. */
export function browse(names: readonly string[]): Step[] {
  const ahead = { handle: 'folder', runsAhead: true } as const;
  const end = { status: 'EOF' } as const;
  return [
    onPath('REALPATH', '.', { path: '/arrivals' }),
    onPath('OPENDIR', '/arrivals', { handle: 'folder' }),
    onHandle('READDIR', { names: ['.', '..', ...names] }, ahead),
    onHandle('READDIR', end, ahead),
    onHandle('READDIR', end, ahead),
    onHandle('READDIR', end, ahead),
    onHandle('CLOSE', OK, { handle: 'folder' }),
  ];
}

/** The connection that transfers: into a folder that is not there yet, with the time of the local file. */
export function upload(folder: string, name: string, bytes: Buffer): Step[] {
  const path = `${folder}/${name}`;
  return [
    onPath('REALPATH', '.', { path: '/arrivals' }),
    onPath('OPENDIR', folder, MISSING),
    makeFolder(folder, {}),
    ...change(folder),
    open(path, FLAG.WRITE | FLAG.CREATE | FLAG.TRUNCATE, { permissions: 0o644 }),
    ...write(bytes, PIECE),
    onHandle('CLOSE', OK),
    setStat(path, { mtime: MTIME }),
  ];
}

/** The beginning of one that was cut. */
export function uploadBeginning(path: string, bytes: Buffer): Step[] {
  return [
    open(path, FLAG.WRITE | FLAG.CREATE | FLAG.TRUNCATE, { permissions: 0o644 }),
    ...write(bytes, PIECE),
  ];
}

/** "Resume": it opens for writing alone, asks the handle where to go on, and writes from there. */
export function resume(path: string, bytes: Buffer, there: number): Step[] {
  return [
    open(path, FLAG.WRITE, { permissions: 0o644 }),
    onHandle('FSTAT', { size: there }),
    ...write(bytes.subarray(there), PIECE, there),
    onHandle('CLOSE', OK),
    setStat(path, { mtime: MTIME }),
  ];
}

/** A download. */
export function download(path: string, bytes: Buffer): Step[] {
  return [open(path, FLAG.READ, {}), ...read(bytes, PIECE), onHandle('CLOSE', OK)];
}

function change(folder: string): Step[] {
  return [
    onPath('REALPATH', folder, { path: folder }),
    onPath('OPENDIR', folder, { handle: 'folder' }),
    onHandle('CLOSE', OK, { handle: 'folder' }),
  ];
}
