import type { Keyring } from '../../core/audit/keyring.ts';
import type { NewestCheckpoint } from '../../core/audit/sign-checkpoint.ts';

/** A place for copies of checkpoints. */
export interface Anchor {
  /** Names it to people. */
  readonly place: string;
  /**
   * Brings it up to the newest checkpoint. Never throws: a failure is told, and the next call tries it again. An anchor
   * that has a larger checkpoint of this log is left as it is.
   */
  write(newest: NewestCheckpoint, ring: Keyring): Promise<AnchorState>;
  /** How it stands to the newest checkpoint; writes and sends nothing, and never throws. */
  look(newest: NewestCheckpoint, ring: Keyring): Promise<AnchorState>;
}

/**
 * How an anchor stands to the newest checkpoint. Only `ahead` says that something is wrong with the log; `not-due`: it
 * gets one later, as the configuration wants it.
 */
export type AnchorState =
  | { readonly place: string; readonly state: 'up-to-date' | 'written' | 'not-due' }
  | { readonly place: string; readonly state: 'failed' | 'ahead' | 'behind'; readonly why: string };

/** An anchor that could not be read or written. */
export function anchorFailed(place: string, cause: unknown): AnchorState {
  return { place, state: 'failed', why: cause instanceof Error ? cause.message : String(cause) };
}
