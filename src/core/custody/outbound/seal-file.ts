import { reach } from '../../kit/failpoint.ts';
import { fileRecord, systemActor } from '../actors.ts';
import { clearAirlock } from '../clear-airlock.ts';
import type { Custody } from '../custody.ts';
import type { CustodyFile, FileRef } from '../file.ts';
import { waitWhileFrozen } from '../freezes/frozen-work.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import { joinPath } from '../names.ts';
import { hintNotices, newNotice } from '../notice.ts';
import { isDamaged } from '../scrub/damage.ts';
import type { SealOutcome, SealSource } from '../shares/ports.ts';
import { maySend } from './may-send.ts';
import { isUnsealed, type UnsealedReason } from './unsealed.ts';

const ACTOR = systemActor('seal-file');

/**
 * Copies the working file of a file in state `sealing` into the airlock, into an inode that nobody else ever has open
 * (invariant 11). The right is asked for again before that. A source that is gone, or is being changed all the time,
 * ends it with a mail; the working file stays as it is in every case. Safe to run twice, and after a crash at any
 * line.
 */
export async function sealFile(custody: Custody, ref: FileRef): Promise<JobEnd> {
  const { ledger, zones, policy } = custody;
  const file = await ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation || file.state !== 'sealing') return DONE;
  const frozen = await waitWhileFrozen(custody, file);
  if (frozen !== null) return frozen;
  const from = await findSource(custody, file);
  if (from === 'frozen') return { end: 'later', why: 'it is frozen' };
  if (from === null) return giveUp(custody, file, 'right-withdrawn');
  reach('seal.begun');
  const source = await lookAt(custody, file, from);
  if (source === null) return giveUp(custody, file, 'source-missing');
  if (!from.dropped && (await isDamaged(custody, from))) return giveUp(custody, file, 'bytes-corrupt');
  if (source.size > policy.largest) return giveUp(custody, file, 'too-large');
  if (source.size > (await zones.airlock.room())) return { end: 'later', why: 'the airlock has no room' };
  const sealed = await zones.shares.seal({ file: file.id, from });
  const since = await waitWhileFrozen(custody, file);
  if (since !== null) return since;
  if (sealed.outcome !== 'sealed') return giveUp(custody, file, sealed.outcome);
  // It may have grown since it was looked at.
  if (sealed.size > policy.largest) return giveUp(custody, file, 'too-large');
  return recordSealing(custody, file, sealed);
}

/** Where the working file is; null when its sender may not send it any more, `frozen` when not now. */
async function findSource(custody: Custody, file: CustodyFile): Promise<SealSource | 'frozen' | null> {
  const { working } = file;
  if (working === null) throw new Error(`file ${file.id} is sealed from nothing`);
  const share = await custody.ledger.shareById(working.share);
  const may = share === null ? null : await maySend(custody, file.owner, share.name);
  if (share === null || may === null) return null;
  if (!may.ok) return may.refusal === 'frozen' ? 'frozen' : null;
  const dropped = file.door === 'drives';
  return { share: share.name, path: joinPath(working.folder, working.name), dropped };
}

/** Null when no file is there. */
async function lookAt(
  { zones }: Custody,
  { working }: CustodyFile,
  from: SealSource,
): Promise<{ readonly size: number } | null> {
  if (from.dropped) return working && zones.drives.look({ kind: 'drop', share: from.share }, working);
  const entry = await zones.shares.look(from);
  return entry?.kind === 'file' ? entry : null;
}

async function recordSealing(
  custody: Custody,
  file: CustodyFile,
  { size, mtime }: SealOutcome & { outcome: 'sealed' },
): Promise<JobEnd> {
  const { ledger, clock, hints } = custody;
  const at = clock.now();
  const moved = await ledger.moveFile({
    ref: file,
    from: 'sealing',
    to: 'sealed',
    changes: { size, receivedAt: at, lastByteAt: at, settlesAt: at, clientMtime: mtime },
    audit: fileRecord(at, ACTOR, 'file-sealed', file, { data: { size } }),
  });
  if (moved !== 'moved') return forgetStray(custody, file);
  reach('seal.recorded');
  hints.hint({ job: 'inspect-file', ref: { id: file.id, generation: file.generation } });
  return DONE;
}

/** Another run of this job has given up meanwhile, and may have cleared before this one had its copy. */
async function forgetStray(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  const now = await custody.ledger.fileById(file.id);
  if (now !== null && isUnsealed(now)) await custody.zones.shares.unseal(file.id);
  return DONE;
}

/** Nothing is sent. What was copied of it goes after the row (invariant 4). */
async function giveUp(custody: Custody, file: CustodyFile, reason: UnsealedReason): Promise<JobEnd> {
  const notice = newNotice(custody, file, 'file-not-sent');
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'sealing',
    to: 'abandoned',
    changes: { reason },
    notices: [notice],
    audit: fileRecord(custody.clock.now(), ACTOR, 'sealing-failed', file, { data: { reason } }),
  });
  if (moved !== 'moved') return DONE;
  hintNotices(custody, [notice]);
  return clearAirlock(custody, file);
}
