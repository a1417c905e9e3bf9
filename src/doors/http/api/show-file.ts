import { type CustodyFile, isSettled } from '../../../core/custody/file.ts';
import type { OwnFile } from '../../../core/custody/own-files.ts';
import { stoppedInWords } from '../../../core/custody/reason-words.ts';
import { unscannedLabel } from '../../../core/custody/verdict.ts';
import { type Instant, isoTime, isoTimeOrNull } from '../../../core/kit/clock.ts';
import type { FileAnswer } from './schemas.ts';

/** A file as the API shows it to its owner. `share` is the name of the share that it leaves by. */
export function showFile({ file, verdicts }: OwnFile, now: Instant, share: string | null): FileAnswer {
  const isPublished = file.arrival !== null && (file.state === 'arrived' || file.state === 'released');
  const { folder, name } = isPublished && file.arrival !== null ? file.arrival : file.path;
  return {
    id: file.id,
    name,
    folder,
    size: file.size,
    declaredSize: file.declaredSize,
    sha256: file.sha256,
    state: file.state,
    settled: isSettled(file, now),
    contentType: file.contentType,
    scan: verdicts.find(({ check }) => check === 'malware')?.outcome ?? null,
    unscanned: unscannedLabel(verdicts),
    reason: file.reason,
    explanation: explain(file),
    share,
    startedAt: isoTime(file.createdAt),
    receivedAt: isoTimeOrNull(file.receivedAt),
    arrivedAt: isoTimeOrNull(file.arrivedAt),
    releasedAt: isoTimeOrNull(file.releasedAt),
    collectedAt: isoTimeOrNull(file.collectedAt),
    expiresAt: isoTimeOrNull(file.expiresAt),
  };
}

function explain({ state, reason }: CustodyFile): string | null {
  return state === 'held' || state === 'quarantined' ? stoppedInWords(reason) : null;
}
