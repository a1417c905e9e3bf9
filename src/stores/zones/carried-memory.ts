import type { BigIntStats } from 'node:fs';
import type { FileId } from '../../core/kit/ids.ts';
import { sameInode } from './same-bytes.ts';

/**
 * What this process has just compared byte by byte, so that the next step need not read it all again. It only saves
 * time: what it does not know is read.
 */
export interface CarriedMemory {
  /** Notes the two files of a carriage: the one in Arrivals as it was when it was compared, and the one in the share. */
  note(file: FileId, source: BigIntStats, target: BigIntStats): void;
  /** True when this is the file that was carried, and nothing was done to it since. */
  isSource(file: FileId, stats: BigIntStats): boolean;
  /** True when this is the file that got the name in the share. */
  isTarget(file: FileId, stats: BigIntStats): boolean;
  forget(file: FileId): void;
}

export function createCarriedMemory(): CarriedMemory {
  const carried = new Map<FileId, { readonly source: BigIntStats; readonly target: BigIntStats }>();
  return {
    note: (file, source, target) => void carried.set(file, { source, target }),
    isSource(file, stats) {
      const source = carried.get(file)?.source;
      return source !== undefined && isUnchanged(source, stats) && source.ctimeNs === stats.ctimeNs;
    },
    isTarget(file, stats) {
      const target = carried.get(file)?.target;
      return target !== undefined && isUnchanged(target, stats);
    },
    forget: (file) => void carried.delete(file),
  };
}

/** The same inode with the same bytes, as far as the system tells; its names may have changed. */
export function isUnchanged(before: BigIntStats, now: BigIntStats): boolean {
  return sameInode(before, now) && before.size === now.size && before.mtimeNs === now.mtimeNs;
}
