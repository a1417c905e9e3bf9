import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { nullOn } from './errno.ts';
import { dropProbes, PRIVATE, prepareFolder, tryLinking } from './prepare-folder.ts';

/** The zones that files are destroyed from. */
export type DoomedFrom = 'airlock' | 'arrivals' | 'quarantine' | 'outbound';

/** The folders that hold names on their way to destruction. */
export interface DoomedFolders {
  /** Where the names of each zone go: a folder on the same file system, so that one rename takes them there. */
  readonly of: Readonly<Record<DoomedFrom, string>>;
  /** All that may hold names, also from a time when the zones were laid out in another way. */
  readonly all: readonly string[];
}

/** In a zone that is on another file system than the airlock. */
const HIDDEN = '.havengate-doomed';

/**
 * Opens `airlock/doomed`, and a hidden folder in each zone whose names cannot be renamed to there. `probes` are the
 * folders of the zones where an empty file can be tried that people do not see.
 */
export async function openDoomedFolders(
  path: string,
  zones: Readonly<Record<DoomedFrom, string>>,
  probes: Readonly<Record<DoomedFrom, string>>,
): Promise<DoomedFolders> {
  const shared = await prepareFolder(path, PRIVATE);
  await dropProbes(shared);
  const all = new Set([shared]);

  async function folderOf(zone: string, probe: string): Promise<string> {
    const hidden = join(zone, HIDDEN);
    const renames = await tryLinking(probe, shared);
    const kept = (await nullOn(access(hidden), 'ENOENT')) !== null;
    const own = !renames || kept ? await prepareFolder(hidden, PRIVATE) : null;
    if (own !== null) all.add(own);
    return renames || own === null ? shared : own;
  }

  const of = {
    airlock: await folderOf(zones.airlock, probes.airlock),
    arrivals: await folderOf(zones.arrivals, probes.arrivals),
    quarantine: await folderOf(zones.quarantine, probes.quarantine),
    outbound: await folderOf(zones.outbound, probes.outbound),
  };
  return { of, all: [...all] };
}
