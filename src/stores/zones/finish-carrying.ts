import type { BigIntStats } from 'node:fs';
import { type FileHandle, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Carriage, SharesZone } from '../../core/custody/shares/ports.ts';
import type { PublishedZone } from '../../core/custody/zone-ports.ts';
import { reach } from '../../core/kit/failpoint.ts';
import type { AirlockGuard } from './airlock-guard.ts';
import { targetFolders } from './carry-to-share.ts';
import { type DropParts, dropCarried } from './drop-carried.ts';
import type { FolderSync } from './folder-sync.ts';
import { type Attributes, type FolderWalk, setAttributes } from './folders.ts';
import { hasBytes, openFound, ourUid, sameInode } from './same-bytes.ts';

/** What the end of a carrying works with. */
export interface FinishParts extends DropParts {
  readonly shares: FolderWalk;
  readonly attributesOf: (share: string) => Attributes;
  readonly zone: Pick<PublishedZone, 'prune'>;
  /** The airlock's folder of files. */
  readonly airlock: string;
  readonly syncAirlock: FolderSync;
  readonly guard: AirlockGuard;
}

export type FinishCarrying = SharesZone['finishCarrying'];

/**
 * The order on disk: the name in Arrivals unlinked < its folder fsynced < mode and group of the share < fsynced. Until
 * the old name is gone the file stays as it was published, since both names are of one inode.
 *
 * A name in Arrivals that stands for something else by now is left alone. So is a name in the share: who works there
 * has moved, deleted or changed the file, which is theirs to do. A file that somebody has given yet another name
 * keeps the mode and group that it has.
 *
 * Throws EBUSY while the file is being moved in this process.
 */
export function createFinishCarrying(parts: FinishParts): FinishCarrying {
  const { shares, guard, memory, airlock } = parts;

  async function openTarget(carriage: Carriage): Promise<FileHandle | null> {
    await using folder = await shares.walk(targetFolders(carriage), null);
    const found = folder === null ? 'absent' : await openFound(folder.child(carriage.to.name));
    return typeof found === 'string' ? null : found;
  }

  /** A file that was never cleared from the airlock has a second name there. */
  async function dropFromAirlock(carriage: Carriage, carried: BigIntStats | null): Promise<void> {
    const path = join(airlock, carriage.file);
    const found = await openFound(path);
    if (found === 'no-file') return;
    if (found !== 'absent') {
      await using file = found;
      const same = carried !== null && sameInode(carried, await file.stat({ bigint: true }));
      if (!same && !(await hasBytes(file, carriage))) return;
      await unlink(path);
    }
    await parts.syncAirlock();
    guard.forget(carriage.file);
  }

  async function giveAttributes(
    target: FileHandle,
    carriage: Carriage,
    carried: BigIntStats | null,
  ): Promise<void> {
    const attributes = parts.attributesOf(carriage.share);
    const stats = await target.stat({ bigint: true });
    if (stats.uid !== ourUid() || stats.nlink !== 1n || hasAttributes(stats, attributes)) return;
    const known = (carried !== null && sameInode(carried, stats)) || memory.isTarget(carriage.file, stats);
    if (!known && !(await hasBytes(target, carriage))) return;
    await setAttributes(target, attributes);
    await target.sync();
  }

  async function finish(carriage: Carriage): Promise<void> {
    await using target = await openTarget(carriage);
    const carried = await dropCarried(parts, carriage, target);
    await dropFromAirlock(carriage, carried);
    reach('move.source-unlinked');
    if (target !== null) await giveAttributes(target, carriage, carried);
    reach('move.attributes-set');
    await parts.zone.prune(carriage.from);
    memory.forget(carriage.file);
  }

  return (carriage) => guard.moving(carriage.file, () => finish(carriage));
}

function hasAttributes(stats: BigIntStats, { mode, gid }: Attributes): boolean {
  return (stats.mode & 0o7777n) === BigInt(mode) && (gid === null || stats.gid === BigInt(gid));
}
