import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, lstat, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { SealOutcome, SharePlace, SharesZone } from '../../core/custody/shares/ports.ts';
import { reach } from '../../core/kit/failpoint.ts';
import type { FileId } from '../../core/kit/ids.ts';
import type { AirlockGuard } from './airlock-guard.ts';
import { isUnchanged } from './carried-memory.ts';
import { copyName, copyPieces, dropCopies } from './copy-file.ts';
import { errnoError, nullOn } from './errno.ts';
import type { FolderSync } from './folder-sync.ts';
import type { FolderWalk } from './folders.ts';
import { toInstant } from './positioned-reader.ts';
import { reflink } from './reflink.ts';
import { openFound } from './same-bytes.ts';
import { tryLink } from './try-link.ts';
import { heldNameOf } from './working-names.ts';

/** What sealing works with. */
export interface SealParts {
  readonly shares: FolderWalk;
  /** From the folder that holds a folder for the drops of each share; it may be missing. */
  readonly drops: FolderWalk;
  /** The airlock's folder of files. */
  readonly airlock: string;
  readonly syncAirlock: FolderSync;
  readonly guard: AirlockGuard;
  /** Bytes that may still be written to the airlock. */
  readonly room: () => Promise<number>;
}

export type SealCopy = SharesZone['seal'];

/** How often a source that changes meanwhile is copied before it is given up. */
const TRIES = 3;

/** The times of a file step by up to 10 ms on some kernels: a write soon after another may leave them as they are. */
const CLOCK_STEP_MS = 20;

/**
 * A copy is whole when size, modification time and change time of the source are the same before and after it; the
 * system moves them with every write (a program that writes through a memory map can delay it). What is released is
 * what is in the copy, in any case.
 *
 * The first whole copy stays: the name is given by a link, so that a second run of the same job, however late, cannot
 * change the bytes that were digested meanwhile.
 *
 * The order on disk: bytes, mode (0600) and modification time fsynced < the name in the airlock < its folder fsynced.
 * Throws EBUSY when the copy of an earlier run has been published or is in use, and ENOSPC when it would not fit into
 * the airlock.
 */
export function createSealCopy({ shares, drops, airlock, syncAirlock, guard, room }: SealParts): SealCopy {
  async function copyWhole(source: FileHandle, file: FileId): Promise<SealOutcome | null> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const copy = join(airlock, copyName(file));
      try {
        const before = await quietStats(source);
        if (!(await reflink(source, copy))) await copyBytes(source, copy, Number(before.size));
        await closeCopy(copy, Number(before.mtimeMs));
        const after = await source.stat({ bigint: true });
        if (!isUnchanged(before, after) || before.ctimeNs !== after.ctimeNs) continue;
        reach('seal.copied');
        await tryLink(copy, join(airlock, file));
        return await findEarlier(file);
      } finally {
        await nullOn(unlink(copy), 'ENOENT');
      }
    }
    return { outcome: 'source-changing' };
  }

  async function copyBytes(source: FileHandle, copy: string, size: number): Promise<void> {
    if (size > (await room())) throw errnoError('ENOSPC', 'the airlock has no room for the copy');
    await copyPieces(source, copy, () => undefined);
  }

  /** What stands under the id can only be a whole copy, of this run or one before it; null when there is none. */
  async function findEarlier(file: FileId): Promise<SealOutcome | null> {
    await dropCopies(airlock, file);
    const there = await nullOn(lstat(join(airlock, file)), 'ENOENT');
    if (there === null) return null;
    if (!there.isFile() || there.nlink > 1) throw errnoError('EBUSY', `${file} has been published`);
    guard.seal(file);
    await syncAirlock();
    reach('seal.synced');
    return { outcome: 'sealed', size: there.size, mtime: toInstant(there.mtimeMs) };
  }

  async function seal({ file, from }: Parameters<SealCopy>[0]): Promise<SealOutcome> {
    guard.check(file);
    const earlier = await findEarlier(file);
    if (earlier !== null) return earlier;
    const source = await openSource(from.dropped ? drops : shares, from);
    if (source === null) return { outcome: 'source-missing' };
    try {
      const sealed = await copyWhole(source, file);
      if (sealed === null) throw errnoError('EBUSY', `the copy of ${file} was taken back meanwhile`);
      return sealed;
    } finally {
      await source.close();
    }
  }

  return (sealing) => guard.moving(sealing.file, () => seal(sealing));
}

/** What takes a sealing back. Throws EBUSY while the file is being sealed or published. */
export function createUnseal({ airlock, syncAirlock, guard }: SealParts): SharesZone['unseal'] {
  return async (file) => {
    await guard.moving(file, async () => {
      await dropCopies(airlock, file);
      await nullOn(unlink(join(airlock, file)), 'ENOENT');
      await syncAirlock();
    });
    guard.forget(file);
  };
}

async function openSource(walk: FolderWalk, place: SharePlace): Promise<FileHandle | null> {
  const held = heldNameOf(place);
  if (held === null) return null;
  await using folder = await nullOn(walk.walk(held.folders, null), 'ENOENT');
  const found = folder === null ? 'absent' : await openFound(folder.child(held.name));
  return typeof found === 'string' ? null : found;
}

/** What the source is like, once the next write to it is sure to show. */
async function quietStats(source: FileHandle): Promise<BigIntStats> {
  const stats = await source.stat({ bigint: true });
  const age = Date.now() - Number(stats.ctimeMs);
  if (age < 0 || age >= CLOCK_STEP_MS) return stats;
  await setTimeout(CLOCK_STEP_MS);
  return await source.stat({ bigint: true });
}

/** The reflink gave it the mode of the source; a later run reads the time of the source from it. */
async function closeCopy(copy: string, mtimeMs: number): Promise<void> {
  const handle = await open(copy, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.chmod(0o600);
    await handle.utimes(mtimeMs / 1000, mtimeMs / 1000);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
