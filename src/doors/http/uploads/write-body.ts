import type { IncomingMessage } from 'node:http';
import type { EntryRefusal } from '../../../core/accounts/may-act.ts';
import type { UploadWriter } from '../../../core/custody/upload-writer.ts';
import { RequestRefused } from '../refusals.ts';
import { type BodyEnd, BodyReader } from './body-reader.ts';
import type { Exchange } from './exchange.ts';
import type { RunningUploads } from './running-uploads.ts';
import type { UploadLocks } from './upload-locks.ts';

/** An open upload, the offset that the request goes on from, and the size that the upload announced. */
export interface BodyTarget {
  readonly writer: UploadWriter;
  readonly offset: number;
  readonly size: number;
}

/** Who has to know of a body under way. */
export interface BodyWatchers {
  readonly locks: UploadLocks;
  readonly running: RunningUploads;
}

/**
 * Writes the body of an exchange to an upload and ends its writer: finished at the announced size, else released.
 * Returns the new offset; a body that did not end well is refused, and what came of it is kept.
 *
 * Nothing of a request is kept that brought too many bytes, or not those of its checksum: the upload is cut back to
 * where it was. The last bytes are written only after the checksum was seen to be right, so that a crash in between
 * leaves an upload that is not complete.
 */
export async function writeBody(
  watchers: BodyWatchers,
  exchange: Exchange,
  target: BodyTarget,
): Promise<number> {
  const { writer, offset, size } = target;
  let reached: number;
  try {
    if (writer.size !== offset) throw new RequestRefused('offset-wrong');
    reached = await receive(watchers, exchange, target);
  } catch (error) {
    await writer.release();
    throw error;
  }
  if (reached < size) {
    await writer.release();
    return reached;
  }
  const finished = await writer.finish(true);
  if (!finished.ok) throw new RequestRefused(finished.refusal);
  return reached;
}

/** Whose body ended so is not written any more, not even to its last byte. */
const SHOWN_OUT: ReadonlySet<BodyEnd> = new Set<EntryRefusal>(['account-disabled', 'frozen', 'gate-closed']);

/** Resolves when the body ended without a byte; refuses it otherwise. */
export async function expectNoBytes(body: IncomingMessage): Promise<void> {
  const end = await new BodyReader(body, { see: () => undefined, write: async () => undefined, most: 0 })
    .ended;
  if (end !== 'complete') throw new RequestRefused(end);
}

async function receive(watchers: BodyWatchers, exchange: Exchange, target: BodyTarget): Promise<number> {
  const { session, body, checksum } = exchange;
  const { writer, offset, size } = target;
  let position = offset;

  async function write(piece: readonly Uint8Array[]): Promise<void> {
    const written = await writer.write(piece, position);
    if (!written.ok) throw new RequestRefused(written.refusal);
    for (const chunk of piece) position += chunk.length;
  }

  const see = (chunk: Uint8Array): void => checksum?.update(chunk);
  const reader = new BodyReader(body, { see, write, most: size - offset });
  using _watched = watchers.running.add({ session, writer, reader });
  watchers.locks.onAsked(writer.ref.id, () => reader.stop('taken-over'));
  const end = await reader.ended;
  const isWhole = offset + reader.received === size && !SHOWN_OUT.has(end);
  const isRight = checksum === null ? end !== 'body-too-long' : end === 'complete' && checksum.matches();
  if (!isRight) {
    await writer.truncate(offset);
    throw new RequestRefused(end === 'complete' ? 'checksum-mismatch' : end);
  }
  await write(reader.rest);
  if (end !== 'complete' && !isWhole) throw new RequestRefused(end);
  return position;
}
