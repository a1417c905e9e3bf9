import { constants, type FileHandle, open } from 'node:fs/promises';
import { MIB } from '../../core/kit/bytes.ts';
import { errnoError } from './errno.ts';

/** Beyond the size that the file had when it was opened, reads only look whether it grew. */
const PROBE = 4096;

/** Opens a file for reading; ELOOP for a symbolic link, EINVAL for anything but a regular file. */
export async function openForReading(path: string): Promise<FileHandle> {
  // O_NONBLOCK: a planted FIFO would otherwise block a thread of the pool for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw errnoError('EINVAL', `${path} is not a regular file`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The bytes of a file from the first to the last, in pieces of up to 1 MiB. One piece is read ahead while the
 * consumer works on the one before, into the other of two buffers: a piece is valid until the next one is asked for.
 * The file is left open and in the caller's hands.
 */
export async function* piecesOf(file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const { size } = await file.stat();
  const buffers = [0, 1].map(() => Buffer.allocUnsafeSlow(Math.min(MIB, Math.max(size, PROBE))));
  let position = 0;
  const readNext = () => {
    buffers.reverse();
    return readPiece(file, buffers[0] ?? Buffer.alloc(PROBE), position, size);
  };
  let ahead = readNext();
  try {
    for (;;) {
      const piece = await ahead;
      if (piece.byteLength === 0) return;
      position += piece.byteLength;
      ahead = readNext();
      // Its failure is thrown when the piece is asked for; until then nobody waits for it.
      ahead.catch(() => undefined);
      yield piece;
    }
  } finally {
    await Promise.allSettled([ahead]);
  }
}

/** Opens a file, gives its pieces, and closes it when the consumer is done or gave up. */
export async function* readPieces(
  openFile: () => Promise<FileHandle>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openFile();
  try {
    yield* piecesOf(file);
  } finally {
    await file.close();
  }
}

async function readPiece(
  file: FileHandle,
  buffer: Buffer,
  position: number,
  size: number,
): Promise<Uint8Array> {
  const length = Math.min(buffer.length, position < size ? size - position : PROBE);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
