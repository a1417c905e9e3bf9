import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Leftover, LeftoversZone } from '../../core/custody/zone-ports.ts';
import { nullOn } from './errno.ts';
import type { Folder, FolderWalk } from './folders.ts';
import { INCOMING } from './working-names.ts';

/** What the leftovers are looked for in. */
export interface LeftoversParts {
  readonly arrivals: FolderWalk;
  readonly outbound: FolderWalk;
  /** The folder that holds one folder for each share. */
  readonly sharesRoot: string;
  readonly shares: FolderWalk;
}

/** The daemon's own folders in the zones that people see: where copies are made, and names pass through. */
export function createLeftoversZone(parts: LeftoversParts): LeftoversZone {
  async function folders(): Promise<readonly (readonly [Leftover['place'], readonly string[]])[]> {
    const shares = await readdir(parts.sharesRoot);
    return [
      ['arrivals', [INCOMING]],
      ['outbound', [INCOMING]],
      ...shares.map((share) => ['shares', [share, INCOMING]] as const),
    ];
  }

  return {
    async *list() {
      for (const [place, names] of await folders()) {
        const found = await parts[place].find(names);
        if (typeof found === 'string') continue;
        await using folder = found;
        for (const name of await readdir(folder.path)) {
          const left = await lookAt(folder, place, names, name);
          if (left !== null) yield left;
        }
      }
    },
    async drop(left) {
      const found = await parts[left.place].find(left.folders);
      if (typeof found === 'string') return false;
      await using folder = found;
      const now = await lookAt(folder, left.place, left.folders, left.name);
      if (now === null || now.stamp !== left.stamp) return false;
      await unlink(folder.child(left.name));
      return true;
    },
  };
}

async function lookAt(
  folder: Folder,
  place: Leftover['place'],
  folders: readonly string[],
  name: string,
): Promise<Leftover | null> {
  const stats = await nullOn(lstat(folder.child(name), { bigint: true }), 'ENOENT');
  if (stats === null) return null;
  return {
    place,
    folders,
    name,
    path: join(place, ...folders, name),
    isFile: stats.isFile(),
    size: Number(stats.size),
    links: Number(stats.nlink),
    changedAt: Number(stats.ctimeMs),
    stamp: [stats.dev, stats.ino, stats.nlink, stats.ctimeNs].join('-'),
  };
}
