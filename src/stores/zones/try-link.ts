import { link } from 'node:fs/promises';
import { hasCode } from './errno.ts';

/**
 * What became of a link. `not-linkable`: the two names are on different file systems or mounts, or the file is
 * another user's.
 */
export type Linked = 'linked' | 'occupied' | 'not-linkable';

/** Gives a file a second name; never replaces one, and follows no symbolic link. */
export async function tryLink(from: string, to: string): Promise<Linked> {
  try {
    await link(from, to);
    return 'linked';
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return 'occupied';
    if (hasCode(error, 'EXDEV', 'EPERM', 'EMLINK')) return 'not-linkable';
    throw error;
  }
}
