import type { FileHandle } from 'node:fs/promises';
import type { PublishedReader } from '../../core/custody/shares/ports.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { errnoError } from './errno.ts';
import { createOpenCalls } from './open-calls.ts';

/** An open file for reading anywhere in it. The reader closes `file`, after the reads under way. */
export async function createReader(file: FileHandle): Promise<PublishedReader> {
  const { size, mtimeMs } = await file.stat();
  const calls = createOpenCalls(() => file.close());
  return {
    size,
    mtime: toInstant(mtimeMs),
    read: (buffer, position) => calls.run(() => readFully(file, buffer, position)),
    close: () => calls.close(),
  };
}

/**
 * Reads until the buffer is full or the file ends; returns how many bytes. Throws EINVAL for a position that is none.
 * Nothing is beyond 2^53 − 1: Node would take such a position for "the current one".
 */
export async function readFully(file: FileHandle, buffer: Uint8Array, position: number): Promise<number> {
  if (!(position >= 0)) throw errnoError('EINVAL', `cannot read at position ${position}`);
  let filled = 0;
  while (filled < buffer.byteLength && Number.isSafeInteger(position + filled)) {
    const { bytesRead } = await file.read(buffer, filled, buffer.byteLength - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** A time of the disk in whole milliseconds. */
export function toInstant(milliseconds: number): Instant {
  return Math.floor(milliseconds);
}
