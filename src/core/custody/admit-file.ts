import { reach } from '../kit/failpoint.ts';
import { fileRecord, systemActor } from './actors.ts';
import { clearAirlock } from './clear-airlock.ts';
import type { Custody } from './custody.ts';
import type { CustodyFile, FileRef } from './file.ts';
import { waitWhileFrozen } from './freezes/frozen-work.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import { makeReceipt } from './make-receipt.ts';
import { hintNotices, newNotice } from './notice.ts';
import { type Passage, passFile } from './passage.ts';
import { keptAside } from './retention/kept-aside.ts';

const ACTOR = systemActor('admit-file');

/** The rule that sets when an arrival is destroyed, as `expiresRule` stores it. */
const ARRIVALS_RULE = 'arrivals/v1';

const INTO_ARRIVALS: Passage = {
  actor: ACTOR,
  intent: 'admitting',
  begun: 'admission-begun',
  renamed: 'arrival-renamed',
  reserved: 'admit.name-reserved',
  mayPass: () => Promise.resolve(true),
  finish: arrive,
  passAgain: receiveAgain,
};

/**
 * Decides what becomes of an inspected file that came in and has settled, and carries it out: publishes it in
 * Arrivals under a reserved name, or holds or quarantines it. Safe to run twice, also at once, and after a crash at
 * any line.
 */
export async function admitFile(custody: Custody, ref: FileRef): Promise<JobEnd> {
  return passFile(custody, INTO_ARRIVALS, ref);
}

async function arrive(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  // Publication may have been a copy of minutes.
  const frozen = await waitWhileFrozen(custody, file);
  if (frozen !== null) return frozen;
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
    changes: {
      arrivedAt: at,
      expiresAt: arrived.expiresAt,
      expiresRule: ARRIVALS_RULE,
      inode: file.inode,
    },
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

/** A second receipt and no copy. */
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
