import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { QuarantineZone } from '../../core/custody/zone-ports.ts';
import type { AirlockGuard } from './airlock-guard.ts';
import { carryFile, type Shelf } from './carry-file.ts';
import { nullOn } from './errno.ts';
import { listFolder } from './list-folder.ts';

/** What the quarantine is made of. */
export interface QuarantineParts {
  readonly quarantine: Shelf;
  /** The airlock's folder of files. */
  readonly airlock: Shelf;
  /** Keeps `take` and `giveBack` of one file apart: each would unlink the name that the other relies on. */
  readonly guard: AirlockGuard;
}

/**
 * Quarantine on a POSIX folder: one file per id, mode 0600. Throws EEXIST when the other place has another file under
 * the id, and EBUSY while the file is open for writing or being moved in this process.
 */
export function createQuarantineZone({ quarantine, airlock, guard }: QuarantineParts): QuarantineZone {
  return {
    take: (file) => guard.moving(file, () => carryFile(file, airlock, quarantine)),
    giveBack: (file) => guard.moving(file, () => carryFile(file, quarantine, airlock)),
    list: () => listFolder(quarantine.folder),
    async sizeOf(file) {
      const stats = await nullOn(lstat(join(quarantine.folder, file)), 'ENOENT');
      return stats?.isFile() === true ? stats.size : null;
    },
  };
}
