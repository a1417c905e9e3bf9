import { reach } from '../../kit/failpoint.ts';
import type { Custody } from '../custody.ts';
import type { CustodyFile } from '../file.ts';

/** What became of the bytes: how many names they still have (null when a crash kept us from counting). */
export type DestroyedBytes = { readonly linkCount: number | null } | 'replaced';

/**
 * Unlinks the last name of a file that we know, after its row has allowed it (invariant 4): the name is moved out of
 * sight, checked to be our bytes by one descriptor, then unlinked. `replaced`: something else has the name; it was
 * left alone. Safe to run twice, and after a crash at any line.
 */
export async function destroyBytes(custody: Custody, file: CustodyFile): Promise<DestroyedBytes> {
  const { ledger, zones } = custody;
  const owner = await ledger.accountById(file.owner);
  if (owner === null) throw new Error(`file ${file.id} has no owner`);
  const { arrival, arrivedAt, size, sha256, zone } = file;
  const published = arrivedAt !== null && arrival !== null ? { home: owner.name, path: arrival } : null;
  const from = published === null ? zone : 'arrivals';
  const outcome = await zones.doomed.take({ ref: file, from, published, size, sha256 });
  if (outcome === 'replaced') return 'replaced';
  reach('destroy.doomed');
  // A file that was never cleared from the airlock has a second name there.
  if (published !== null && zone === 'airlock') await zones.airlock.unlink(file.id);
  const linkCount = outcome === 'gone' ? null : await zones.doomed.unlink(file);
  reach('destroy.unlinked');
  return { linkCount };
}
