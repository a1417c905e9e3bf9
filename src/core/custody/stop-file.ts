import type { Actor } from '../audit/events.ts';
import { fileRecord } from './actors.ts';
import { clearAirlock } from './clear-airlock.ts';
import type { Custody } from './custody.ts';
import type { CustodyFile, FileReason } from './file.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import { hintNotices, noticesToDeciders } from './notice.ts';
import type { FileMove } from './ports.ts';
import { keptAside } from './retention/kept-aside.ts';

/**
 * Keeps an inspected file, on its way in or out, for a person to decide on. It loses the name that it had reserved;
 * its owner and the data team are told.
 */
export async function holdFile(
  custody: Custody,
  actor: Actor,
  file: CustodyFile,
  reason: FileReason,
): Promise<JobEnd> {
  await stop(custody, actor, file, { to: 'held', reason, event: 'file-held' });
  return DONE;
}

/** Locks an inspected file away, on its way in or out. Its owner and the data team are told. */
export async function quarantineFile(
  custody: Custody,
  actor: Actor,
  file: CustodyFile,
  reason: 'malware',
): Promise<JobEnd> {
  const stopped = await stop(custody, actor, file, { to: 'quarantined', reason, event: 'file-quarantined' });
  return stopped ? clearAirlock(custody, file) : DONE;
}

async function stop(
  custody: Custody,
  actor: Actor,
  file: CustodyFile,
  how: { to: 'held' | 'quarantined'; reason: FileReason; event: 'file-held' | 'file-quarantined' },
): Promise<boolean> {
  const at = custody.clock.now();
  const { from, settledAt }: Pick<FileMove, 'from' | 'settledAt'> =
    file.state === 'inspecting' ? { from: 'inspecting', settledAt: at } : { from: file.state };
  const notices = await noticesToDeciders(custody, file, how.event);
  const moved = await custody.ledger.moveFile({
    ref: file,
    from,
    to: how.to,
    ...(settledAt !== undefined && { settledAt }),
    changes: { reason: how.reason, arrival: null, ...keptAside(custody.policy, how.to, at) },
    notices,
    audit: fileRecord(at, actor, how.event, file, { data: { reason: how.reason, sha256: file.sha256 } }),
  });
  if (moved === 'moved') hintNotices(custody, notices);
  return moved === 'moved';
}
