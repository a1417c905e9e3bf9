import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';

/** Notes how far a move has copied. */
export interface MoveProgress {
  /** Returns at once; notes follow one after the other. */
  readonly onCopied: (bytes: number) => void;
  /** Resolves when the last note is made. Never rejects: a note that was lost is no matter. */
  settled(): Promise<void>;
}

/** Writes the bytes that were copied to the ledger and to the log, as the zone tells of them (every 64 MiB). */
export function noteProgress(intake: Intake, file: CustodyFile): MoveProgress {
  let last: Promise<unknown> = Promise.resolve();
  return {
    onCopied(bytes) {
      intake.log.info('move-progress', { file: file.id, carried: bytes, size: file.size });
      last = last
        .then(() => intake.ledger.noteCarried(file, bytes))
        .catch((error: unknown) => intake.log.warn('move-progress-lost', { file: file.id, error }));
    },
    async settled() {
      await last;
    },
  };
}
