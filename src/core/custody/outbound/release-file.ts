import { reach } from '../../kit/failpoint.ts';
import { fileRecord, systemActor } from '../actors.ts';
import { clearAirlock } from '../clear-airlock.ts';
import type { Custody } from '../custody.ts';
import type { CustodyFile, FileRef } from '../file.ts';
import { waitWhileFrozen } from '../freezes/frozen-work.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import { mayLeaveBy } from '../may-drop.ts';
import { hintNotices, newNotice } from '../notice.ts';
import { type Passage, passFile } from '../passage.ts';
import { publishedPlace } from '../published.ts';
import { keptAside } from '../retention/kept-aside.ts';
import { holdFile } from '../stop-file.ts';

const ACTOR = systemActor('release-file');

/** The rule that sets when a released file is destroyed, as `expiresRule` stores it. */
const OUTBOUND_RULE = 'outbound/v1';

const OUT_OF_THE_HAVEN: Passage = {
  actor: ACTOR,
  intent: 'releasing',
  begun: 'release-begun',
  renamed: 'release-renamed',
  reserved: 'release.name-reserved',
  mayPass: mayLeave,
  finish: release,
  passAgain: releaseAgain,
};

/**
 * Decides what becomes of an inspected file that leaves, and carries it out: publishes it in outbound under a
 * reserved name, or holds or quarantines it. The right to send out is asked for again before anything is published,
 * and before anybody can see it; when it was withdrawn, the data team decides. Safe to run twice, also at once, and
 * after a crash at any line.
 */
export async function releaseFile(custody: Custody, ref: FileRef): Promise<JobEnd> {
  return passFile(custody, OUT_OF_THE_HAVEN, ref);
}

/** Holds the file when its owner may not send it any more, and takes back a name that nobody has seen yet. */
async function mayLeave(custody: Custody, file: CustodyFile): Promise<boolean> {
  // The data team knew of it when they ordered the release.
  if (file.reason === 'right-withdrawn') return true;
  if (file.leavesBy === null) throw new Error(`file ${file.id} is to be released and leaves by no share`);
  const may = await mayLeaveBy(custody, file.owner, file.leavesBy);
  if (may.ok) return true;
  // It waits as it is; the job is there again when the freeze is lifted.
  if (may.refusal === 'frozen') return false;
  if (file.arrival !== null) await takeBack(custody, file);
  await holdFile(custody, ACTOR, file, 'right-withdrawn');
  return false;
}

/** A run before may have published it. The airlock, or quarantine, has the bytes still. */
async function takeBack(custody: Custody, file: CustodyFile): Promise<void> {
  const { arrival, size, sha256 } = file;
  if (arrival === null) return;
  const { name } = await publishedPlace(custody, file, arrival);
  const { doomed } = custody.zones;
  const taken = await doomed.take({ ref: file, from: 'outbound', published: name, size, sha256 });
  if (taken === 'doomed') await doomed.unlink(file);
}

async function release(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  // Publication may have been a copy of minutes; from the next row on people see it.
  const frozen = await waitWhileFrozen(custody, file);
  if (frozen !== null) return frozen;
  if (!(await mayLeave(custody, file))) return DONE;
  const at = custody.clock.now();
  const expiresAt = at + custody.policy.retention.outbound;
  const notice = newNotice(custody, file, 'file-released');
  const { sha256, size, inode } = file;
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'releasing',
    to: 'released',
    changes: { releasedAt: at, expiresAt, expiresRule: OUTBOUND_RULE, inode },
    notices: [notice],
    audit: fileRecord(at, ACTOR, 'file-released', file, {
      data: { sha256, size, expiresAt, leavesBy: file.leavesBy },
      path: file.arrival ?? file.path,
    }),
  });
  if (moved !== 'moved') return forgetStray(custody, file);
  reach('release.recorded');
  hintNotices(custody, [notice]);
  return clearAirlock(custody, file);
}

/** Another run of this job has found the right withdrawn meanwhile: the name that this one made is nobody's. */
async function forgetStray(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  const now = await custody.ledger.fileById(file.id);
  if (now?.state === 'held') await takeBack(custody, file);
  return DONE;
}

/** It can be had already, for as long as the first was released for. */
async function releaseAgain(custody: Custody, file: CustodyFile, released: CustodyFile): Promise<JobEnd> {
  const at = custody.clock.now();
  const notice = newNotice(custody, file, 'file-released');
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'inspecting',
    to: 'abandoned',
    settledAt: at,
    whileArrived: released.id,
    changes: {
      reason: 'same-bytes',
      sameBytesAs: released.id,
      ...keptAside(custody.policy, 'abandoned', at),
    },
    notices: [notice],
    audit: fileRecord(at, ACTOR, 'same-bytes-received', file, {
      data: { sha256: file.sha256, as: released.id },
    }),
  });
  if (moved !== 'moved')
    return { end: 'later', why: 'the file with the same bytes is not released any more' };
  hintNotices(custody, [notice]);
  return clearAirlock(custody, file);
}
