import type { FileId } from '../../core/kit/ids.ts';
import { errnoError } from './errno.ts';
import { createFailedSyncs } from './failed-syncs.ts';

/**
 * What this process knows of the files in its airlock beyond what the disk says: who has one open for writing, which
 * one is being published or moved, and which one lost an fsync. It speaks for one process; between processes, generations in
 * the ledger decide.
 */
export interface AirlockGuard {
  /** Notes a writer until it is disposed. Throws EBUSY while the file is claimed, or once it is sealed. */
  writing(file: FileId): Disposable;
  /** From now on nobody may write to the file, until it is forgotten: it is a sealed copy (invariant 11). */
  seal(file: FileId): void;
  /**
   * Gives or takes names of the file. Keeps writers and other moves of it away meanwhile (invariant 11): throws EBUSY
   * while there is one. A failed fsync is final here too: every later call throws EIO, until the file is forgotten.
   */
  moving<T>(file: FileId, work: () => Promise<T>): Promise<T>;
  /** The same for work that nobody has to be kept away from: taking the last name. */
  unlinking<T>(file: FileId, work: () => Promise<T>): Promise<T>;
  /**
   * A failed fsync is final: the kernel may have dropped the pages and call the next fsync a success, also on a
   * descriptor opened later.
   */
  lost(file: FileId, error: unknown): void;
  /** Throws EIO when an fsync of the file has failed. */
  check(file: FileId): void;
  /** The name is gone; what is known of it ends. */
  forget(file: FileId): void;
}

export function createAirlockGuard(): AirlockGuard {
  const writers = new Map<FileId, number>();
  const claimed = new Set<FileId>();
  const sealed = new Set<FileId>();
  const losses = new Map<FileId, unknown>();
  const names = createFailedSyncs();

  function claim(file: FileId): Disposable {
    if (writers.has(file)) throw errnoError('EBUSY', `${file} is still open for writing`);
    if (claimed.has(file)) throw errnoError('EBUSY', `${file} is being published or moved already`);
    claimed.add(file);
    return once(() => claimed.delete(file));
  }

  return {
    writing(file) {
      if (claimed.has(file)) throw errnoError('EBUSY', `${file} is being published or moved`);
      if (sealed.has(file)) throw errnoError('EBUSY', `${file} is a sealed copy`);
      writers.set(file, (writers.get(file) ?? 0) + 1);
      return once(() => {
        const left = (writers.get(file) ?? 1) - 1;
        if (left === 0) writers.delete(file);
        else writers.set(file, left);
      });
    },
    seal: (file) => void sealed.add(file),
    async moving(file, work) {
      using _claim = claim(file);
      return await names.run(file, work);
    },
    unlinking: (file, work) => names.run(file, work),
    lost(file, error) {
      if (!losses.has(file)) losses.set(file, error);
    },
    check(file) {
      if (losses.has(file)) {
        throw errnoError('EIO', `an fsync of ${file} failed: its bytes may be lost`, losses.get(file));
      }
    },
    forget(file) {
      losses.delete(file);
      names.forget(file);
      sealed.delete(file);
    },
  };
}

function once(end: () => void): Disposable {
  let ended = false;
  return {
    [Symbol.dispose]() {
      if (!ended) end();
      ended = true;
    },
  };
}
