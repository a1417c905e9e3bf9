import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Keyring, verifyCheckpoint } from '../../core/audit/keyring.ts';
import { SIGNATURE_MARK } from '../../core/audit/note.ts';
import { splitNotes } from '../../core/audit/split-notes.ts';
import { syncPath } from '../init/durable-file.ts';

/** More than a note: enough to find the last one of a file whose end was cut off. */
const TAIL_BYTES = 16 * 1024;

/** The largest checkpoint near the end of an anchor: 0 when it has none of this log, or is not there yet. */
export async function anchoredSize(path: string, ring: Keyring): Promise<number> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw cause;
  });
  if (handle === null) return 0;
  try {
    return largestIn(await readTail(handle), ring);
  } finally {
    await handle.close();
  }
}

/**
 * Appends a note to an anchor and syncs it. Nothing that is there is changed: it may be a file that the system lets
 * nobody but append to. A note that was cut off before stays as it is, and apart.
 */
export async function appendToAnchor(path: string, note: string): Promise<void> {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants;
  const handle = await open(path, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW, 0o644);
  try {
    const tail = await readTail(handle);
    await handle.appendFile(separation(tail) + note);
    await handle.sync();
    if (tail === '') await syncPath(dirname(path));
  } finally {
    await handle.close();
  }
}

function largestIn(text: string, ring: Keyring): number {
  const sizes = splitNotes(text).map(({ envelope }) => {
    const verified = verifyCheckpoint(envelope, ring);
    return verified.ok ? verified.value.size : 0;
  });
  return Math.max(0, ...sizes);
}

/** What keeps a note apart from what stands before it. */
function separation(tail: string): string {
  if (tail === '') return '';
  if (!tail.endsWith('\n')) return '\n\n';
  const lastLine = tail.slice(tail.lastIndexOf('\n', tail.length - 2) + 1);
  return lastLine.startsWith(SIGNATURE_MARK) ? '' : '\n';
}

async function readTail(handle: FileHandle): Promise<string> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new Error('this is not a file');
  const length = Math.min(stat.size, TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, stat.size - length);
  return buffer.subarray(0, bytesRead).toString('utf8');
}
