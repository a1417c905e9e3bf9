import type { JsonObject } from '../kit/canonical-json.ts';
import { reach } from '../kit/failpoint.ts';
import { fileRecord, systemActor } from './actors.ts';
import type { Custody } from './custody.ts';
import type { BytesZone, CustodyFile, FileRef } from './file.ts';
import { waitWhileFrozen } from './freezes/frozen-work.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import { isUnsealed } from './outbound/unsealed.ts';
import { publishedPlace } from './published.ts';
import { destroyBytes } from './retention/destroy-bytes.ts';
import { whyRestored } from './retention/restored-guard.ts';

/**
 * What the event `airlock-cleared` says: where the bytes are now and, of a removed file, how many names they had left
 * when we had unlinked ours (null when a crash kept us from counting), or why there was nothing to unlink.
 */
export type ClearedData = {
  readonly to: BytesZone;
  readonly linkCount?: number | null;
  readonly found?: 'replaced' | 'missing';
};

/**
 * Takes away the names that a file needs no more: the airlock's, when it was published or quarantined, had the same
 * bytes as another, or was to be sealed and was not, and the last one, when its holder removed it. The ledger allowed
 * it before (invariant 4). Where
 * the bytes should be elsewhere by now and are not, nothing is unlinked, and an operator is told. Safe to run twice.
 */
export async function clearAirlock(custody: Custody, ref: FileRef): Promise<JobEnd> {
  const file = await custody.ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation || file.zone === 'gone') return DONE;
  if (file.state === 'removed') return clearRemoved(custody, file);
  const to = file.zone === 'airlock' ? await release(custody, file) : null;
  return to === null ? DONE : record(custody, file, file.zone, { to });
}

async function record(
  custody: Custody,
  file: CustodyFile,
  from: BytesZone,
  data: ClearedData & JsonObject,
): Promise<JobEnd> {
  const actor = systemActor('clear-airlock');
  const audit = fileRecord(custody.clock.now(), actor, 'airlock-cleared', file, { data });
  await custody.ledger.moveBytes(file, from, data.to, audit);
  reach('clear.recorded');
  return DONE;
}

/**
 * What a holder removed is destroyed with the same care as what is due: checked to be the file, out of sight, then
 * unlinked. The row says how many names were left, so that it can be certified later.
 */
async function clearRemoved(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  const frozen = await waitWhileFrozen(custody, file, 'keeps');
  if (frozen !== null) return frozen;
  const stopped = await whyRestored(custody.ledger);
  if (stopped !== null) return { end: 'later', why: stopped };
  const destroyed = await destroyBytes(custody, file);
  if (typeof destroyed !== 'string') {
    return record(custody, file, 'doomed', { to: 'gone', linkCount: destroyed.linkCount });
  }
  // Its name in Arrivals is no matter of ours any more; a second one in the airlock is.
  if (file.arrivedAt !== null && file.zone === 'airlock') await custody.zones.airlock.unlink(file.id);
  custody.log.warn('removal-found-nothing', { file: file.id, why: destroyed });
  return record(custody, file, file.zone, { to: 'gone', found: destroyed });
}

/** Returns where the bytes are afterwards; null when the name stays in the airlock. */
async function release(custody: Custody, file: CustodyFile): Promise<BytesZone | null> {
  const { quarantine } = custody.zones;
  switch (file.state) {
    case 'arrived':
      return (await unlinkIfPublished(custody, file, file)) ? 'arrivals' : null;
    case 'released':
      return (await unlinkIfPublished(custody, file, file)) ? 'outbound' : null;
    case 'abandoned':
      if (isUnsealed(file)) {
        await custody.zones.shares.unseal(file.id);
        return 'gone';
      }
      return file.reason === 'same-bytes' && (await unlinkIfHeldElsewhere(custody, file)) ? 'gone' : null;
    case 'quarantined':
      if (await quarantine.take(file.id)) return 'quarantine';
      custody.log.error('bytes-missing', { file: file.id, state: file.state });
      return null;
    default:
      return null;
  }
}

async function unlinkIfHeldElsewhere(custody: Custody, file: CustodyFile): Promise<boolean> {
  const twin = file.sameBytesAs === null ? null : await custody.ledger.fileById(file.sameBytesAs);
  return twin !== null && unlinkIfPublished(custody, file, twin);
}

async function unlinkIfPublished(
  custody: Custody,
  file: CustodyFile,
  published: CustodyFile,
): Promise<boolean> {
  if (published.arrival === null) throw new Error(`file ${published.id} was published without a name`);
  const { zone, name } = await publishedPlace(custody, published, published.arrival);
  const size = await zone.sizeOf(name);
  if (size !== file.size) {
    custody.log.error('arrival-missing', {
      file: file.id,
      arrival: published.id,
      expected: file.size,
      found: size,
    });
    return false;
  }
  await custody.zones.airlock.unlink(file.id);
  return true;
}
