import { reach } from '../kit/failpoint.ts';
import { fileRecord, systemActor } from './actors.ts';
import { findArrivalName } from './arrival-name.ts';
import { clearAirlock } from './clear-airlock.ts';
import type { Custody } from './custody.ts';
import { type CustodyFile, type FileReason, type FileRef, isSettled } from './file.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import { makeReceipt } from './make-receipt.ts';
import { dataTeam, hintNotices, newNotice } from './notice.ts';
import type { FileMove } from './ports.ts';
import { clockSuspicion } from './retention/clock-guard.ts';
import { keptAside } from './retention/kept-aside.ts';
import { type HoldReason, judge, newestVerdicts, type ResearchFormat } from './verdict.ts';

const ACTOR = systemActor('admit-file');

/** The rule that sets when an arrival is destroyed, as `expiresRule` stores it. */
const ARRIVALS_RULE = 'arrivals/v1';

/**
 * Decides what becomes of an inspected file that has settled, and carries it out: publishes it in Arrivals under
 * a reserved name, or holds or quarantines it. Safe to run twice, also at once, and after a crash at any line:
 * the reserved name is durable before the disk is touched, and our own inode under it counts as done.
 */
export async function admitFile(custody: Custody, ref: FileRef): Promise<JobEnd> {
  const file = await custody.ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation) return DONE;
  if (file.state === 'admitting') return publish(custody, file);
  if (file.state !== 'inspecting' || file.inspectedAt === null) return DONE;
  if (!isSettled(file, custody.clock.now())) return { end: 'later', why: 'the file has not settled' };
  // Its time in Arrivals would be counted from a wrong moment.
  if ((await clockSuspicion(custody.ledger)) !== null)
    return { end: 'later', why: 'the clock is not trusted' };
  const verdicts = newestVerdicts(await custody.ledger.verdictsOf(file.id), file.sha256);
  const judgement = judge(verdicts, custody.policy.scan);
  if (judgement.outcome === 'quarantine') return quarantine(custody, file, judgement.reason);
  if (judgement.outcome === 'hold') return hold(custody, file, judgement.reason);
  return reserveName(custody, file, judgement.unscanned ?? null);
}

/** `unscanned` is the format that it is admitted as without a scan, for the audit log. */
async function reserveName(
  custody: Custody,
  file: CustodyFile,
  unscanned: ResearchFormat | null,
): Promise<JobEnd> {
  const found = await findArrivalName(custody, file);
  if (found.kind === 'wait') return { end: 'later', why: 'the same bytes are just being admitted' };
  if (found.kind === 'none') return hold(custody, file, 'name-unavailable');
  if (found.kind === 'same-bytes') return receiveAgain(custody, file, found.arrived);
  const at = custody.clock.now();
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'inspecting',
    to: 'admitting',
    settledAt: at,
    changes: { arrival: found.path },
    audit: fileRecord(at, ACTOR, 'admission-begun', file, {
      ...(unscanned !== null && { data: { unscanned } }),
      path: found.path,
    }),
  });
  if (moved === 'lost-race') return DONE;
  if (moved === 'name-taken') return reserveName(custody, file, unscanned);
  reach('admit.name-reserved');
  return publish(custody, { ...file, state: 'admitting', arrival: found.path });
}

async function publish(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  const owner = await custody.ledger.accountById(file.owner);
  if (file.arrival === null || file.sha256 === null || owner === null) {
    throw new Error(`file ${file.id} is being admitted without a name, a digest or an owner`);
  }
  const { id, arrival: path, size, sha256 } = file;
  if (file.zone === 'quarantine') await leaveQuarantine(custody, file);
  const outcome = await custody.zones.arrivals.publish({ file: id, home: owner.name, path, size, sha256 });
  switch (outcome) {
    case 'published':
    case 'already-published':
      return arrive(custody, file);
    case 'name-occupied':
      return takeNextName(custody, file);
    case 'bytes-missing':
    case 'bytes-differ':
      custody.log.error('airlock-bytes-differ', { file: id, outcome });
      return hold(custody, file, 'bytes-differ');
  }
}

/** Two people have admitted a quarantined file: it is published from the airlock, as every other. */
async function leaveQuarantine(custody: Custody, file: CustodyFile): Promise<void> {
  await custody.zones.quarantine.giveBack(file.id);
  const audit = fileRecord(custody.clock.now(), ACTOR, 'quarantine-left', file);
  await custody.ledger.moveBytes(file, 'quarantine', 'airlock', audit);
}

/** Something that the ledger does not know has the name on disk: it is left alone, and the next name is taken. */
async function takeNextName(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  const found = await findArrivalName(custody, file);
  if (found.kind !== 'free') return hold(custody, file, 'name-unavailable');
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'admitting',
    to: 'admitting',
    changes: { arrival: found.path },
    audit: fileRecord(custody.clock.now(), ACTOR, 'arrival-renamed', file, { path: found.path }),
  });
  if (moved === 'lost-race') return DONE;
  return moved === 'moved' ? publish(custody, { ...file, arrival: found.path }) : takeNextName(custody, file);
}

async function arrive(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  const at = custody.clock.now();
  const arrived = {
    ...file,
    state: 'arrived',
    arrivedAt: at,
    expiresAt: at + custody.policy.retention.arrivals,
  } as const;
  const receipt = await makeReceipt(custody, arrived, arrived);
  const notice = newNotice(custody, file, 'file-arrived');
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'admitting',
    to: 'arrived',
    changes: { arrivedAt: at, expiresAt: arrived.expiresAt, expiresRule: ARRIVALS_RULE },
    receipt,
    notices: [notice],
    audit: fileRecord(at, ACTOR, 'file-arrived', file, {
      data: {
        sha256: file.sha256,
        size: file.size,
        expiresAt: arrived.expiresAt,
        receipt: receipt.body.receiptId,
      },
      path: file.arrival ?? file.path,
    }),
  });
  if (moved !== 'moved') return DONE;
  reach('admit.arrived');
  hintNotices(custody, [notice]);
  return clearAirlock(custody, file);
}

/** The same bytes under the same name: a second receipt and no copy (invariant 5). */
async function receiveAgain(custody: Custody, file: CustodyFile, arrived: CustodyFile): Promise<JobEnd> {
  const at = custody.clock.now();
  const receipt = await makeReceipt(custody, file, arrived);
  const notice = newNotice(custody, file, 'file-arrived');
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'inspecting',
    to: 'abandoned',
    settledAt: at,
    whileArrived: arrived.id,
    changes: { reason: 'same-bytes', sameBytesAs: arrived.id, ...keptAside(custody.policy, 'abandoned', at) },
    receipt,
    notices: [notice],
    audit: fileRecord(at, ACTOR, 'same-bytes-received', file, {
      data: { sha256: file.sha256, as: arrived.id, receipt: receipt.body.receiptId },
    }),
  });
  if (moved !== 'moved') return { end: 'later', why: 'the file with the same bytes has just left Arrivals' };
  hintNotices(custody, [notice]);
  return clearAirlock(custody, file);
}

async function hold(custody: Custody, file: CustodyFile, reason: HoldReason): Promise<JobEnd> {
  await stop(custody, file, { to: 'held', reason, event: 'file-held' });
  return DONE;
}

async function quarantine(custody: Custody, file: CustodyFile, reason: 'malware'): Promise<JobEnd> {
  const stopped = await stop(custody, file, { to: 'quarantined', reason, event: 'file-quarantined' });
  return stopped ? clearAirlock(custody, file) : DONE;
}

async function stop(
  custody: Custody,
  file: CustodyFile,
  how: { to: 'held' | 'quarantined'; reason: FileReason; event: 'file-held' | 'file-quarantined' },
): Promise<boolean> {
  const at = custody.clock.now();
  const { from, settledAt }: Pick<FileMove, 'from' | 'settledAt'> =
    file.state === 'admitting' ? { from: 'admitting' } : { from: 'inspecting', settledAt: at };
  const readers = [file.owner, ...(await dataTeam(custody))];
  const notices = readers.map((account) => newNotice(custody, file, how.event, account));
  const moved = await custody.ledger.moveFile({
    ref: file,
    from,
    to: how.to,
    ...(settledAt !== undefined && { settledAt }),
    changes: { reason: how.reason, arrival: null, ...keptAside(custody.policy, how.to, at) },
    notices,
    audit: fileRecord(at, ACTOR, how.event, file, { data: { reason: how.reason, sha256: file.sha256 } }),
  });
  if (moved === 'moved') hintNotices(custody, notices);
  return moved === 'moved';
}
