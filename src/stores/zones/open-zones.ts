import { randomBytes } from 'node:crypto';
import { access, link, mkdir, open, realpath, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Zones } from '../../core/custody/ports.ts';
import { createAirlockGuard } from './airlock-guard.ts';
import { createAirlockZone } from './airlock-zone.ts';
import { createArrivalsZone } from './arrivals-zone.ts';
import { openDoomedFolders } from './doomed-folders.ts';
import { createDoomedZone } from './doomed-zone.ts';
import { createFolderSync, syncFolder } from './folder-sync.ts';
import { type Attributes, createFolderWalk, folderMode, setAttributes } from './folders.ts';
import { explain, explainGroup, PRIVATE, prepareFolder, tryLinking } from './prepare-folder.ts';
import { createPublisher } from './publisher.ts';
import { createQuarantineZone } from './quarantine-zone.ts';

/** Where the zones are, and what people see of them. */
export interface ZoneOptions {
  /** The folder that holds all zones. A zone in it may be a mount point or a symbolic link to another place. */
  readonly data: string;
  /** Bytes of the airlock's file system that uploads never get. */
  readonly keepFree: number;
  /** Mode and group of files in Arrivals; folders get the mode that lets the same people enter. */
  readonly published: Attributes;
}

/** Copies in the making: in Arrivals' file system, where nobody but the daemon can enter. */
const INCOMING = '.havengate-incoming';

/**
 * Makes the zones' folders where they are missing and opens them:
 * `airlock/files/<file id>`, `arrivals/<account>/…`, `quarantine/<file id>`, `airlock/doomed` for what is on its way
 * to destruction, and `shares` and `outbound` for later.
 * Modes of folders that are there already stay as they are.
 *
 * Throws an error that says what is wrong with which path and what to do, with the system's error as its cause:
 * a folder that cannot be made or written to, or a group that cannot be given to files.
 */
export async function openZones({ data, keepFree, published }: ZoneOptions): Promise<Zones> {
  const visible = { mode: folderMode(published.mode), gid: published.gid };
  await mkdir(data, { recursive: true, mode: 0o755 }).catch(explain(data, 'cannot be made'));
  await prepareFolder(join(data, 'airlock'), PRIVATE);
  const airlock = await prepareFolder(join(data, 'airlock', 'files'), PRIVATE);
  const arrivals = await prepareFolder(join(data, 'arrivals'), visible);
  const incoming = await prepareFolder(join(arrivals, INCOMING), PRIVATE);
  const quarantine = await prepareFolder(join(data, 'quarantine'), PRIVATE);
  await prepareFolder(join(data, 'shares'), visible);
  await prepareFolder(join(data, 'outbound'), visible);
  await syncFolder(dirname(await realpath(data)));
  await access('/proc/self/fd').catch(explain('/proc/self/fd', 'cannot be read', 'mount /proc'));
  await tryPublished(incoming, published);

  const guard = createAirlockGuard();
  const syncAirlock = createFolderSync(airlock);
  const walk = createFolderWalk(arrivals);
  const linkable = await tryLinking(airlock, incoming);
  const publish = createPublisher({
    walk,
    incoming,
    airlock,
    guard,
    files: published,
    folders: visible,
    linkable,
  });
  const folders = await openDoomedFolders(
    join(data, 'airlock', 'doomed'),
    { airlock, arrivals, quarantine },
    incoming,
  );
  return {
    doomed: createDoomedZone({
      walks: { airlock: createFolderWalk(airlock), arrivals: walk, quarantine: createFolderWalk(quarantine) },
      folders,
      guard,
    }),
    airlock: createAirlockZone({ folder: airlock, syncFolder: syncAirlock, guard, keepFree }),
    arrivals: createArrivalsZone(walk, publish),
    quarantine: createQuarantineZone({
      quarantine: { folder: quarantine, sync: createFolderSync(quarantine) },
      airlock: { folder: airlock, sync: syncAirlock },
      guard,
    }),
  };
}

/** Tries with an empty file what every publication needs: the mode, the group, and a hard link. */
async function tryPublished(incoming: string, published: Attributes): Promise<void> {
  const name = join(incoming, `probe-${randomBytes(8).toString('hex')}`);
  const handle = await open(name, 'wx', 0o600).catch(explain(incoming, 'takes no new file'));
  try {
    await setAttributes(handle, published).catch(explainGroup(incoming, published));
    const advice = 'put Arrivals on a file system that has hard links';
    await link(name, `${name}-link`).catch(explain(incoming, 'takes no hard link', advice));
    await unlink(`${name}-link`);
  } finally {
    await handle.close();
    await unlink(name);
  }
}
