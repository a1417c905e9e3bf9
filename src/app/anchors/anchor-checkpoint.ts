import type { Keyring } from '../../core/audit/keyring.ts';
import type { NewestCheckpoint } from '../../core/audit/sign-checkpoint.ts';
import type { AnchorConfig } from '../config/config.ts';
import { anchoredSize, appendToAnchor } from './file-anchor.ts';

/** How an anchor stands to the newest checkpoint. Only `ahead` says that something is wrong with the log. */
export type AnchorState =
  | { readonly path: string; readonly state: 'up-to-date' | 'written' }
  | { readonly path: string; readonly state: 'failed' | 'ahead' | 'behind'; readonly why: string };

/**
 * Brings an anchor up to the newest checkpoint. Never throws: a failure is told, and the next call tries it again. An
 * anchor that has a larger checkpoint of this log is left as it is.
 */
export async function anchorCheckpoint(
  { path }: AnchorConfig,
  newest: NewestCheckpoint,
  ring: Keyring,
): Promise<AnchorState> {
  const found = await lookAtAnchor(path, newest, ring);
  return found.state === 'behind' ? write(path, newest.note) : found;
}

/** How an anchor stands to the newest checkpoint; writes nothing and never throws. */
export async function lookAtAnchor(
  path: string,
  newest: NewestCheckpoint,
  ring: Keyring,
): Promise<AnchorState> {
  try {
    const size = await anchoredSize(path, ring);
    if (size === newest.size) return { path, state: 'up-to-date' };
    if (size < newest.size)
      return {
        path,
        state: 'behind',
        why: `its last checkpoint has ${size} rows, the newest ${newest.size}`,
      };
    const why = `it has a checkpoint of ${size} rows, the ledger knows of none above ${newest.size}: was an older ledger put back?`;
    return { path, state: 'ahead', why };
  } catch (error) {
    return failed(path, error);
  }
}

async function write(path: string, note: string): Promise<AnchorState> {
  return appendToAnchor(path, note).then(
    () => ({ path, state: 'written' }),
    (error: unknown) => failed(path, error),
  );
}

function failed(path: string, error: unknown): AnchorState {
  return { path, state: 'failed', why: error instanceof Error ? error.message : String(error) };
}
