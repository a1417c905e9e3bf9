import type { Keyring } from '../../core/audit/keyring.ts';
import type { NewestCheckpoint } from '../../core/audit/sign-checkpoint.ts';
import type { FileAnchorConfig } from '../config/config.ts';
import { type Anchor, type AnchorState, anchorFailed } from './anchor.ts';
import { anchoredSize, appendToAnchor } from './anchor-file.ts';

/** An anchor that is a file: what it has is read from it, each time. */
export function createFileAnchor({ path }: FileAnchorConfig): Anchor {
  return {
    place: path,
    look: (newest, ring) => look(path, newest, ring),
    async write(newest, ring) {
      const found = await look(path, newest, ring);
      if (found.state !== 'behind') return found;
      return appendToAnchor(path, newest.note).then(
        () => ({ place: path, state: 'written' }),
        (error: unknown) => anchorFailed(path, error),
      );
    },
  };
}

async function look(place: string, newest: NewestCheckpoint, ring: Keyring): Promise<AnchorState> {
  try {
    const size = await anchoredSize(place, ring);
    if (size === newest.size) return { place, state: 'up-to-date' };
    if (size < newest.size)
      return {
        place,
        state: 'behind',
        why: `its last checkpoint has ${size} rows, the newest ${newest.size}`,
      };
    const why = `it has a checkpoint of ${size} rows, the ledger knows of none above ${newest.size}: was an older ledger put back?`;
    return { place, state: 'ahead', why };
  } catch (error) {
    return anchorFailed(place, error);
  }
}
