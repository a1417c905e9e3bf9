import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat } from 'node:fs/promises';
import type { Sha256 } from '../../core/kit/digest.ts';
import { digestOf } from './copy-file.ts';
import { hasCode } from './errno.ts';
import { openForReading, piecesOf } from './read-pieces.ts';

/** What stands under a name: a regular file, open for reading; nothing; or something that is no file of ours. */
export async function openFound(path: string): Promise<FileHandle | 'absent' | 'no-file'> {
  try {
    return await openForReading(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'absent';
    if (hasCode(error, 'ELOOP', 'EINVAL', 'ENXIO')) return 'no-file';
    // We can read all files of ours. Where the folder is closed to us, the answer is "not yet" and not "no".
    if (hasCode(error, 'EACCES') && (await lstat(path, { bigint: true })).uid !== ourUid()) return 'no-file';
    throw error;
  }
}

/** True when the file has exactly these bytes; reads it to the end unless there is no digest to compare. */
export async function hasBytes(
  file: FileHandle,
  { size, sha256 }: { readonly size: number; readonly sha256: Sha256 | null },
): Promise<boolean> {
  if ((await file.stat({ bigint: true })).size !== BigInt(size)) return false;
  return sha256 === null || (await digestOf(piecesOf(file))) === sha256;
}

/** True for a regular file of ours under `path` that holds exactly these bytes; reads it to the end. */
export async function holdsBytes(
  path: string,
  bytes: { readonly size: number; readonly sha256: Sha256 | null },
): Promise<boolean> {
  const file = await openFound(path);
  if (typeof file === 'string') return false;
  try {
    return (await isOurs(file)) && (await hasBytes(file, bytes));
  } finally {
    await file.close();
  }
}

export async function isOurs(file: FileHandle): Promise<boolean> {
  return (await file.stat({ bigint: true })).uid === ourUid();
}

export function sameInode(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

export function ourUid(): bigint {
  return BigInt(process.geteuid?.() ?? 0);
}
