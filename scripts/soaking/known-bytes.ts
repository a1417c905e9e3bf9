import { stat } from 'node:fs/promises';
import { digestOf } from '../../test/support/clients.ts';

/** Digests of files, read again only where an inode has changed. */
export interface KnownBytes {
  /** Null when nothing is there. */
  digestOf(path: string): Promise<string | null>;
}

/** Remembers by inode and change time. */
export function createKnownBytes(): KnownBytes {
  const known = new Map<string, { readonly mark: string; readonly sha256: string }>();
  return {
    async digestOf(path) {
      try {
        const { ino, size, ctimeNs } = await stat(path, { bigint: true });
        const mark = `${ino}/${size}/${ctimeNs}`;
        const before = known.get(path);
        if (before?.mark === mark) return before.sha256;
        const sha256 = await digestOf(path);
        known.set(path, { mark, sha256 });
        return sha256;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
  };
}
