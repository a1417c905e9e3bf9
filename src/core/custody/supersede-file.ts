import { createHash } from 'node:crypto';
import { reach } from '../kit/failpoint.ts';
import { fileRecord, systemActor } from './actors.ts';
import type { Custody } from './custody.ts';
import type { ArrivalPath, CustodyFile } from './file.ts';
import { DONE, type JobEnd } from './inspect-file.ts';
import { nameKey, numberedName } from './names.ts';
import type { FileMove } from './ports.ts';
import { publishedPlace } from './published.ts';
import { destroyFile } from './retention/destroy-file.ts';

const ACTOR = systemActor('admit-file');

/** The rule by which a file is destroyed whose bytes are all in a longer one, as `expiresRule` stores it. */
const SUPERSEDED_RULE = 'superseded/v1';

/**
 * What became of the file that another one goes on from.
 * - `taken`: it is retired, and its name in Arrivals is reserved for the one that goes on from it.
 * - `wait`: it is still on its way to Arrivals.
 * - `none`: it stays as it is, and the other one arrives beside it.
 */
type EarlierPlace =
  | { readonly kind: 'taken'; readonly file: CustodyFile }
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'none' };

const NONE: EarlierPlace = { kind: 'none' };

/**
 * Retires the file that `file` goes on from, and gives it that one's name, in one transaction with the move that
 * `reserve` makes: only while the earlier one stands untouched in Arrivals under the name under which both were sent,
 * no hold covers it, and all of its bytes, by digest, are the first ones of `file`. So nothing that arrived is lost by
 * it, whatever was written. From here on the earlier one is destroyed, and certified, like any other.
 */
export async function takePlaceOfEarlier(
  custody: Custody,
  file: CustodyFile,
  reserve: (path: ArrivalPath) => FileMove,
): Promise<EarlierPlace> {
  const earlier = file.continues === null ? null : await custody.ledger.fileById(file.continues);
  if (earlier === null || !isSamePath(earlier.path, file.path)) return NONE;
  if (['received', 'inspecting', 'admitting'].includes(earlier.state))
    return { kind: 'wait', why: 'the file that it goes on from is still being checked' };
  const { arrival, sha256 } = earlier;
  if (arrival === null || sha256 === null || !(await isUntouched(custody, earlier, arrival))) return NONE;
  if (file.size <= earlier.size || !(await beginsWith(custody, file, earlier.size, sha256))) return NONE;
  const moved = await custody.ledger.moveFiles([retire(custody, earlier, file), reserve(arrival)]);
  if (moved !== 'moved') return NONE;
  reach('supersede.begun');
  return { kind: 'taken', file: { ...file, state: 'admitting', arrival } };
}

/** Frees the name that was reserved for `file` from the retired one. `later`: it cannot be destroyed yet. */
export async function freePlace(custody: Custody, file: CustodyFile): Promise<JobEnd> {
  const earlier = file.continues === null ? null : await custody.ledger.fileById(file.continues);
  if (earlier?.state !== 'destroying' || earlier.arrival === null || file.arrival === null) return DONE;
  if (!isSamePath(earlier.arrival, file.arrival)) return DONE;
  const end = await destroyFile(custody, earlier);
  if (end.end === 'done') reach('supersede.name-free');
  return end;
}

function retire(custody: Custody, earlier: CustodyFile, by: CustodyFile): FileMove {
  const at = custody.clock.now();
  return {
    ref: earlier,
    from: 'arrived',
    to: 'destroying',
    nextGeneration: true,
    unlessHeld: true,
    changes: { reason: 'superseded', expiresAt: at, expiresRule: SUPERSEDED_RULE },
    audit: fileRecord(at, ACTOR, 'file-superseded', earlier, {
      data: { by: by.id, sha256: earlier.sha256, size: earlier.size, bySha256: by.sha256, bySize: by.size },
    }),
  };
}

/** It stands where it was published: not moved, renamed or replaced by anybody. */
async function isUntouched(custody: Custody, file: CustodyFile, arrival: ArrivalPath): Promise<boolean> {
  if (file.state !== 'arrived' || file.leavesBy !== null || !isNameOf(file.path, arrival)) return false;
  const { zone, name } = await publishedPlace(custody, file, arrival);
  if ((await zone.sizeOf(name)) !== file.size) return false;
  return file.inode === null || (await zone.markOf(name)) === file.inode;
}

const MOST_NUMBERS = 100;

/** The name under which a file of this path arrives: its own, or with a number. */
function isNameOf(path: ArrivalPath, arrival: ArrivalPath): boolean {
  if (path.folder !== arrival.folder) return false;
  const numbers = Array.from({ length: MOST_NUMBERS }, (_, i) => numberedName(path.name, i + 1));
  return numbers.includes(arrival.name);
}

function isSamePath(one: ArrivalPath, other: ArrivalPath): boolean {
  return nameKey(one.folder) === nameKey(other.folder) && nameKey(one.name) === nameKey(other.name);
}

/** Reads the first `size` bytes from the airlock. */
async function beginsWith(
  custody: Custody,
  file: CustodyFile,
  size: number,
  sha256: CustodyFile['sha256'],
): Promise<boolean> {
  const hash = createHash('sha256');
  let left = size;
  if (left > 0) {
    for await (const piece of custody.zones.airlock.read(file.id)) {
      const some = piece.subarray(0, left);
      hash.update(some);
      left -= some.length;
      if (left === 0) break;
    }
  }
  return left === 0 && hash.digest('hex') === sha256;
}
