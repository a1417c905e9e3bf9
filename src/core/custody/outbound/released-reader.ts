import { doorName } from '../../accounts/freeze.ts';
import { type EntryRefusal, mayAct } from '../../accounts/may-act.ts';
import type { Session } from '../../accounts/sign-in.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { actorOf, fileRecord } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { type GuardedReader, guardReader } from '../shares/guarded-reader.ts';
import type { PublishedReader } from '../shares/ports.ts';
import { downloadsOf } from './downloads.ts';

/** Why a download ends in the middle: its person may not go on, or the file is frozen or released no more. */
type DownloadRefusal = EntryRefusal | 'not-found' | 'damaged';

/** A released file that its owner is downloading. */
export interface ReleasedReader extends GuardedReader<DownloadRefusal> {
  /** As `read`, for bytes that the client may never ask for: they count as read once `sent` has said so. */
  readAhead(buffer: Uint8Array, position: number): Promise<Result<number, DownloadRefusal>>;
  /** Bytes that came by `readAhead` were given to the client. */
  sent(start: number, end: number): void;
  /**
   * The client has closed the file. When every byte has been read since the last complete download, in this session
   * or others, it counts as collected; each complete download is in the audit.
   */
  close(): Promise<void>;
  /** The client is gone without a close, which is not collection. What it read counts when the download is resumed. */
  leave(): Promise<void>;
}

/** Guards and counts the reading of an open released file. */
export function readReleased(
  intake: Intake,
  session: Session,
  file: CustodyFile,
  reader: PublishedReader,
): ReleasedReader {
  const downloads = downloadsOf(intake.ledger);
  const guarded = guardReader(
    reader,
    file.sha256,
    () => isStillReleased(intake, session, file),
    intake.clock,
  );
  return {
    size: guarded.size,
    mtime: guarded.mtime,
    sha256: guarded.sha256,
    readAhead: (buffer, position) => guarded.read(buffer, position),
    sent: (start, end) => downloads.add(file.id, start, end),
    async read(buffer, position) {
      const read = await guarded.read(buffer, position);
      if (read.ok) downloads.add(file.id, position, position + read.value);
      return read;
    },
    async close() {
      await guarded.close();
      if (!downloads.has(file.id, file.size)) return;
      downloads.forget(file.id);
      await collect(intake, session, file);
    },
    leave: () => guarded.close(),
  };
}

async function isStillReleased(
  intake: Intake,
  session: Session,
  file: CustodyFile,
): Promise<Result<void, DownloadRefusal>> {
  const beside = { door: doorName(session), file: file.id };
  const [now, person] = await Promise.all([
    intake.ledger.fileById(file.id),
    mayAct(intake, session.account, beside),
  ]);
  if (!person.ok) return person;
  if (now !== null && now.damagedAt !== null) return refuse('damaged');
  if (now?.state !== 'released' || now.generation !== file.generation) {
    return refuse('not-found', 'it was taken back, or its time is over');
  }
  return accept(undefined);
}

/** Notes a complete download. A file that was revoked after its last byte was read is not collected. */
async function collect({ ledger, clock }: Intake, session: Session, file: CustodyFile): Promise<void> {
  const at = clock.now();
  const now = await ledger.fileById(file.id);
  const first = now?.collectedAt === null;
  await ledger.moveFile({
    ref: file,
    from: 'released',
    to: 'released',
    ...(first && { changes: { collectedAt: at } }),
    audit: fileRecord(at, actorOf(session), 'file-collected', file, {
      data: { size: file.size, sha256: file.sha256, first },
    }),
  });
}
