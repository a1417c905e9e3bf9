import { reach } from '../../kit/failpoint.ts';
import { fileRecord, systemActor } from '../actors.ts';
import type { Custody } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { publishedPlace } from '../published.ts';
import type { Doomed } from '../zone-ports.ts';

/**
 * What became of the bytes: how many names they still have (null when a crash kept us from counting); `replaced`,
 * something else has the name and was left alone; `missing`, somebody else has taken the name away.
 */
export type DestroyedBytes = { readonly linkCount: number | null } | 'replaced' | 'missing';

/**
 * Unlinks the last name of a file that we know, after its row has allowed it (invariant 4): the name is moved out of
 * sight, checked to be our bytes by one descriptor, noted in the ledger as doomed, then unlinked. Only because of
 * that note is a name that is gone after a crash known to be gone by our hand. Safe to run twice, and after a crash
 * at any line.
 */
export async function destroyBytes(custody: Custody, file: CustodyFile): Promise<DestroyedBytes> {
  const { ledger, zones, clock } = custody;
  const noted = file.zone === 'doomed';
  const outcome = await zones.doomed.take(await doomedOf(custody, file));
  if (outcome === 'replaced') return 'replaced';
  if (outcome === 'gone' && !noted) return 'missing';
  reach('destroy.doomed');
  // A file that was never cleared from the airlock has a second name there.
  if (isPublished(file) && file.zone === 'airlock') await zones.airlock.unlink(file.id);
  if (!noted) {
    const record = fileRecord(clock.now(), systemActor('destroy'), 'bytes-doomed', file);
    if (!(await ledger.moveBytes(file, file.zone, 'doomed', record)))
      throw new Error(`file ${file.id} has just moved`);
  }
  const linkCount = outcome === 'gone' ? null : await zones.doomed.unlink(file);
  reach('destroy.unlinked');
  return { linkCount };
}

function isPublished({ arrivedAt, releasedAt }: CustodyFile): boolean {
  return arrivedAt !== null || releasedAt !== null;
}

async function doomedOf(custody: Custody, file: CustodyFile): Promise<Doomed> {
  const { arrival, zone } = file;
  // A person has looked at what is there, and knows that it is not what the digest says.
  const isDamaged = file.damagedAt !== null && file.expiresRule?.startsWith('decision/') === true;
  const sha256 = isDamaged ? null : file.sha256;
  // An upload that was given up may have bytes that nobody had noted.
  const size = sha256 === null || isDamaged ? null : file.size;
  if (!isPublished(file) || arrival === null) {
    const from = zone === 'quarantine' || zone === 'gone' ? zone : 'airlock';
    return { ref: file, from, published: null, size, sha256 };
  }
  const { name } = await publishedPlace(custody, file, arrival);
  const from = file.leavesBy === null ? 'arrivals' : 'outbound';
  // What leaves has an inode of ours, wherever it came from.
  const foreign = file.door === 'drives' && file.leavesBy === null;
  return { ref: file, from, foreign, published: name, size, sha256 };
}
