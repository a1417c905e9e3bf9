import { createHash, randomBytes } from 'node:crypto';
import { constants, type FileHandle, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSha256, type Sha256 } from '../../core/kit/digest.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { nullOn } from './errno.ts';
import { piecesOf } from './read-pieces.ts';
import { writeAll } from './write-all.ts';

/** The digest of the bytes, read once from first to last. */
export async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return toSha256(hash.digest('hex'));
}

/**
 * Copies `source` into a new file at `path` (mode 0600, EEXIST when the name is taken) and fsyncs it. Returns the
 * digest of the bytes that were written. A copy that failed is left for the caller to unlink.
 */
export async function copyFile(source: FileHandle, path: string): Promise<Sha256> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const copy = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const hash = createHash('sha256');
    let position = 0;
    for await (const piece of piecesOf(source)) {
      hash.update(piece);
      await writeAll(copy, [piece], position);
      position += piece.byteLength;
    }
    await copy.sync();
    return toSha256(hash.digest('hex'));
  } finally {
    await copy.close();
  }
}

/** A name for a copy in the making: never used before, so no other process can mean the same file by it. */
export function copyName(file: FileId): string {
  return `${file}-${randomBytes(8).toString('hex')}`;
}

/** Unlinks what earlier copies of a file left in a folder, made by this process or by one that died. */
export async function dropCopies(folder: string, file: FileId): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${file}-`)) await nullOn(unlink(join(folder, name)), 'ENOENT');
  }
}

function toSha256(hex: string): Sha256 {
  const digest = parseSha256(hex);
  if (digest === null) throw new Error('SHA-256 gave no SHA-256');
  return digest;
}
