import { type Result, refuse } from '../../kit/result.ts';
import type { WorkingRefusal } from './ports.ts';
import type { AccessRefusal } from './share-access.ts';

/**
 * Why something is not done in a share. Nothing was changed.
 * - `being-moved`: a file from Arrivals is on its way to this name, or into this folder.
 * - `damaged`: its bytes were altered on the disk, and are given to nobody.
 * - `is-the-top`: the share itself is made and removed by the data team alone.
 * - `not-opened-so`: the file was opened for reading only, or for writing only.
 */
export type ShareRefusal =
  | AccessRefusal
  | WorkingRefusal
  | 'being-moved'
  | 'damaged'
  | 'is-the-top'
  | 'not-opened-so';

/** The refusal of a change of a name that a move has reserved. */
export function beingMoved(): Result<never, 'being-moved'> {
  return refuse('being-moved', 'a file from Arrivals is just being moved there; try again when it has come');
}
