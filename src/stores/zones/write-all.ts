import { errnoError, hasCode } from './errno.ts';

/** The part of `FileHandle` that writing needs: `pwritev(2)`, which may write less than it was given. */
export interface VectorWriter {
  writev(buffers: readonly Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }>;
}

/**
 * Writes all of the buffers, one after the other, from byte `position` on. Goes on after a short write and after a
 * signal (EINTR). Any other error passes through; what was written before it stays written.
 *
 * Positions above 2^53 − 1 are refused with EFBIG: Node would take them for "the current position".
 */
export async function writeAll(
  file: VectorWriter,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = buffers.filter((buffer) => buffer.byteLength > 0);
  const end = rest.reduce((sum, buffer) => sum + buffer.byteLength, position);
  if (position < 0 || !Number.isSafeInteger(position) || !Number.isSafeInteger(end)) {
    throw errnoError('EFBIG', `cannot write at position ${position}`);
  }
  let at = position;
  while (rest.length > 0) {
    const written = await writeSome(file, rest, at);
    at += written;
    rest = skipBytes(rest, written);
  }
}

async function writeSome(
  file: VectorWriter,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<number> {
  for (;;) {
    try {
      const { bytesWritten } = await file.writev(buffers, position);
      if (bytesWritten === 0) throw errnoError('EIO', 'the file system took no byte and gave no reason');
      return bytesWritten;
    } catch (error) {
      if (!hasCode(error, 'EINTR')) throw error;
    }
  }
}

function skipBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (left >= buffer.byteLength) left -= buffer.byteLength;
    else {
      rest.push(left === 0 ? buffer : buffer.subarray(left));
      left = 0;
    }
  }
  return rest;
}
