import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AirlockEntry } from '../../core/custody/zone-ports.ts';
import { nullOn } from './errno.ts';

/** How the daemon's own names begin, such as the mark of the installation that a zone belongs to. */
const OWN = '.havengate-';

/**
 * The regular files of a folder, in no order. What goes away meanwhile is left out, and so are the daemon's own names.
 */
export async function* listFolder(folder: string): AsyncGenerator<AirlockEntry, void, undefined> {
  for await (const { name } of await opendir(folder)) {
    if (name.startsWith(OWN)) continue;
    const stats = await nullOn(lstat(join(folder, name)), 'ENOENT');
    if (stats?.isFile() === true) yield { name, size: stats.size, changedAt: Math.trunc(stats.ctimeMs) };
  }
}
