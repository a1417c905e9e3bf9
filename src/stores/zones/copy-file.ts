import { createHash, randomBytes } from 'node:crypto';
import { constants, type FileHandle, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '../../core/kit/bytes.ts';
import { parseSha256, type Sha256 } from '../../core/kit/digest.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { nullOn } from './errno.ts';
import { piecesOf } from './read-pieces.ts';
import { writeAll } from './write-all.ts';

const TELL_EVERY = 64 * MIB;

/** The digest of the bytes, read once from first to last. */
export async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return toSha256(hash.digest('hex'));
}

/**
 * Copies `source` into a new file at `path` (mode 0600, EEXIST when the name is taken) and fsyncs it. Returns the
 * digest of the bytes that were written. A copy that failed is left for the caller to unlink. `onCopied` is told how
 * many bytes are copied, at most once for each 64 MiB.
 */
export async function copyFile(
  source: FileHandle,
  path: string,
  onCopied: (bytes: number) => void = () => undefined,
): Promise<Sha256> {
  const hash = createHash('sha256');
  let told = 0;
  await copyPieces(source, path, (piece, copied) => {
    hash.update(piece);
    if (copied - told < TELL_EVERY) return;
    told = copied;
    onCopied(copied);
  });
  return toSha256(hash.digest('hex'));
}

/** The same without a digest. `onPiece` sees each piece that was written, and how many bytes are copied with it. */
export async function copyPieces(
  source: FileHandle,
  path: string,
  onPiece: (piece: Uint8Array, copied: number) => void,
): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const copy = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    let position = 0;
    for await (const piece of piecesOf(source)) {
      await writeAll(copy, [piece], position);
      position += piece.byteLength;
      onPiece(piece, position);
    }
    await copy.sync();
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
