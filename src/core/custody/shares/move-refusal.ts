import type { Actor } from '../../audit/events.ts';
import type { AccountId } from '../../kit/ids.ts';
import { type Refused, refuse } from '../../kit/result.ts';
import type { MovingFault } from '../file.ts';
import type { SharePlace } from './ports.ts';
import type { AccessRefusal } from './share-access.ts';

/** Who moves: the person who holds the files, and how the audit names who acts for them. */
export interface Mover {
  readonly actor: Actor;
  readonly account: AccountId;
}

/** Where a file or folder is to go, with its new name. */
export interface MoveTarget extends SharePlace {
  /** Makes the folders on the way that are missing, instead of refusing. */
  readonly makeFolders?: true;
}

/**
 * Why a file or folder is not moved into a share. It is in Arrivals as before.
 * - `held-back`: a hold covers it. `not-arrived`: it is no arrival, or is being moved already.
 * - `exists`, `is-a-folder`: the target's name is taken, by a file or a folder; nothing was overwritten.
 * - `folder-missing`, `not-a-folder`: the target's folder is not there, or is no folder.
 * - `name-invalid`: people cannot have the name in a share.
 * - `share-full`, `share-unwritable`: the disk of the share declined.
 * - `bytes-differ`: Arrivals does not hold what the ledger says.
 */
export type MoveRefusal =
  | AccessRefusal
  | 'not-found'
  | 'not-holder'
  | 'not-arrived'
  | 'held-back'
  | 'exists'
  | 'is-a-folder'
  | 'not-a-folder'
  | 'folder-missing'
  | 'is-the-top'
  | 'name-invalid'
  | 'path-too-long'
  | 'share-full'
  | 'share-unwritable'
  | 'bytes-differ';

/** What a move that was given up at once is refused with. */
export function refusalOf(fault: MovingFault): Refused<MoveRefusal> {
  switch (fault) {
    case 'name-occupied':
      return refuse('exists', 'something else has the name in the share; nothing was overwritten');
    case 'right-withdrawn':
      return refuse('no-right', 'you have no right to change anything there any more');
    case 'share-closed':
      return refuse('share-unknown', 'the share was closed');
    case 'share-full':
    case 'share-unwritable':
      return refuse(fault);
    case 'bytes-differ':
    case 'bytes-missing':
      return refuse('bytes-differ', 'Arrivals does not hold what arrived; the data team was told');
  }
}
