import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Carriage, CarryOutcome, SharesZone } from '../../core/custody/shares/ports.ts';
import { isWorkingName } from '../../core/custody/shares/working-name.ts';
import { reach } from '../../core/kit/failpoint.ts';
import type { AirlockGuard } from './airlock-guard.ts';
import type { CarriedMemory } from './carried-memory.ts';
import { copyFile, copyName, dropCopies } from './copy-file.ts';
import { errnoError, nullOn } from './errno.ts';
import { type Attributes, type Folder, type FolderWalk, shareFolders } from './folders.ts';
import { openIncoming } from './incoming-folder.ts';
import { folderNames } from './published-zone.ts';
import { holdsBytes, openFound, ourUid, sameInode } from './same-bytes.ts';
import { tryLink } from './try-link.ts';
import { folderNamesOf } from './working-names.ts';

/** What carrying works with. */
export interface CarryParts {
  readonly arrivals: FolderWalk;
  readonly shares: FolderWalk;
  readonly attributesOf: (share: string) => Attributes;
  /** The airlock's folder of files. */
  readonly airlock: string;
  readonly guard: AirlockGuard;
  readonly memory: CarriedMemory;
}

export type ShareCarrier = SharesZone['carry'];

/** One carriage under way: its source is open, and the folder of its target. */
interface Way {
  readonly carriage: Carriage;
  readonly source: FileHandle;
  readonly sourceFolder: Folder;
  readonly folder: Folder;
  readonly target: string;
}

/**
 * The order on disk: bytes fsynced < link < folders fsynced (then, in the ledger: carried). Mode and group stay as
 * they are in Arrivals, or those of a private copy, until the name in Arrivals is gone: it is the same inode.
 *
 * By link goes a file of ours that nobody else can write to, and that has no name but those that we know; its size and
 * inode are compared, not its bytes. Everything else is copied, and its digest compared: a file on another
 * file system, and one that somebody else has put into Arrivals.
 *
 * How a retry recognises its own work: by the inode, or for a copy by content: a regular file of ours that has
 * the size and the digest.
 *
 * Throws EBUSY while the file is being moved in this process, and ENOENT when the share has no folder.
 */
export function createShareCarrier(parts: CarryParts): ShareCarrier {
  const { arrivals, shares, guard } = parts;

  async function carry(carriage: Carriage, onCopied: (bytes: number) => void): Promise<CarryOutcome> {
    await checkShare(shares, carriage.share);
    await using sourceFolder = await arrivals.walk(folderNames(carriage.from), null);
    const source =
      sourceFolder === null ? 'absent' : await openFound(sourceFolder.child(carriage.from.path.name));
    if (sourceFolder === null || typeof source === 'string') return await carriedBefore(carriage);
    try {
      if ((await source.stat()).size !== carriage.size) return 'bytes-differ';
      await using folder = await shares.walk(
        targetFolders(carriage),
        shareFolders(parts.attributesOf(carriage.share)),
      );
      if (folder === null) return 'name-occupied';
      reach('move.folder-made');
      const target = folder.child(carriage.to.name);
      return await carryTo({ carriage, source, sourceFolder, folder, target }, onCopied);
    } finally {
      await source.close();
    }
  }

  async function carryTo(way: Way, onCopied: (bytes: number) => void): Promise<CarryOutcome> {
    const stats = await way.source.stat({ bigint: true });
    const found = await nullOn(lstat(way.target, { bigint: true }), 'ENOENT');
    if (found !== null && sameInode(found, stats)) return await settle(way);
    if (found !== null) {
      if (!(await holdsBytes(way.target, way.carriage))) return 'name-occupied';
      await using incoming = await openIncoming(shares, way.carriage.share);
      await dropCopies(incoming.path, way.carriage.file);
      return await settle(way);
    }
    if (await isOursAlone(stats, way.carriage)) {
      const outcome = await carryByLink(way, stats);
      if (outcome !== 'not-linkable') return outcome;
    }
    return await carryByCopy(way, stats, onCopied);
  }

  /** True when nobody but us can write to the file, by any name. */
  async function isOursAlone(stats: BigIntStats, { file }: Carriage): Promise<boolean> {
    if (stats.uid !== ourUid() || (stats.mode & 0o022n) !== 0n) return false;
    if (stats.nlink === 1n) return true;
    // A file that was never cleared from the airlock.
    const other = await nullOn(lstat(join(parts.airlock, file), { bigint: true }), 'ENOENT');
    return stats.nlink === 2n && other !== null && sameInode(other, stats);
  }

  async function carryByLink(way: Way, stats: BigIntStats): Promise<CarryOutcome | 'not-linkable'> {
    const made = await tryLink(way.sourceFolder.child(way.carriage.from.path.name), way.target);
    if (made === 'not-linkable') return made;
    if (made === 'occupied') return 'name-occupied';
    const linked = await nullOn(lstat(way.target, { bigint: true }), 'ENOENT');
    if (linked !== null && !sameInode(linked, stats)) {
      // Somebody was faster and has put another file into Arrivals: it keeps its name there.
      await nullOn(unlink(way.target), 'ENOENT');
      return 'bytes-differ';
    }
    reach('move.linked');
    const now = await way.source.stat({ bigint: true });
    parts.memory.note(way.carriage.file, now, now);
    return await settle(way);
  }

  async function carryByCopy(
    way: Way,
    stats: BigIntStats,
    onCopied: (bytes: number) => void,
  ): Promise<CarryOutcome> {
    const { carriage, source, target } = way;
    await using incoming = await openIncoming(shares, carriage.share);
    await dropCopies(incoming.path, carriage.file);
    const copy = incoming.child(copyName(carriage.file));
    try {
      if ((await copyFile(source, copy, onCopied)) !== carriage.sha256) return 'bytes-differ';
      const made = await tryLink(copy, target);
      if (made === 'not-linkable') {
        throw errnoError('EXDEV', `another file system is mounted below the share ${carriage.share}`);
      }
      if (made === 'occupied') return 'name-occupied';
      reach('move.linked');
      parts.memory.note(carriage.file, stats, await lstat(copy, { bigint: true }));
    } finally {
      await nullOn(unlink(copy), 'ENOENT');
    }
    return await settle(way);
  }

  async function settle({ folder }: Way): Promise<CarryOutcome> {
    await folder.handle.sync();
    reach('move.folder-synced');
    return 'carried';
  }

  /** The name in Arrivals is gone: an earlier run may have got that far. */
  async function carriedBefore(carriage: Carriage): Promise<CarryOutcome> {
    await using folder = await shares.walk(targetFolders(carriage), null);
    if (folder === null || !(await holdsBytes(folder.child(carriage.to.name), carriage)))
      return 'bytes-missing';
    await folder.handle.sync();
    return 'carried';
  }

  return (carriage, onCopied) => guard.moving(carriage.file, () => carry(carriage, onCopied));
}

/** The folders that lead to a carriage's name in the share, the share's own first. Throws at a name that people cannot have. */
export function targetFolders({ share, to }: Carriage): readonly string[] {
  const names = folderNamesOf({ share, path: to.folder });
  if (names === null || !isWorkingName(to.name))
    throw new Error('a path in a share has to be made of plain names');
  return names;
}

/** A share whose folder is missing is not made here: what belongs in its place may only not be mounted. */
async function checkShare(shares: FolderWalk, share: string): Promise<void> {
  const found = await shares.find([share]);
  if (typeof found === 'string') throw errnoError('ENOENT', `the folder of the share ${share} is missing`);
  await found.handle.close();
}
