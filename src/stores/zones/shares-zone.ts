import { constants, lstat, open, rmdir, statfs, unlink } from 'node:fs/promises';
import type {
  SharePlace,
  SharesZone,
  WorkingFile,
  WorkingOpen,
  WorkingRefusal,
} from '../../core/custody/shares/ports.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import type { ShareCarrier } from './carry-to-share.ts';
import { errnoError } from './errno.ts';
import type { FinishCarrying } from './finish-carrying.ts';
import {
  type Attributes,
  type Folder,
  type FolderWalk,
  makeFolder,
  setAttributes,
  shareFolders,
} from './folders.ts';
import { openIncoming } from './incoming-folder.ts';
import { dropProbes, tryLinking } from './prepare-folder.ts';
import { ourUid } from './same-bytes.ts';
import type { SealCopy } from './seal-copy.ts';
import { changeWorking } from './working-change.ts';
import { lookAt } from './working-entry.ts';
import { createWorkingFile } from './working-file.ts';
import { listPlace } from './working-list.ts';
import { isShareName } from './working-names.ts';
import { openWorking } from './working-open.ts';
import { withPlace } from './working-place.ts';
import { renameWorking } from './working-rename.ts';

/** What the shares are made of. */
export interface SharesParts {
  /** From the folder that holds one folder for each share. */
  readonly walk: FolderWalk;
  /** Mode and group of the files that people make in a share, and of those that are moved there. */
  readonly attributesOf: (share: string) => Attributes;
  /** A folder on the file system of Arrivals that nobody but the daemon can enter. */
  readonly arrivals: string;
  readonly carry: ShareCarrier;
  readonly finishCarrying: FinishCarrying;
  readonly seal: SealCopy;
  readonly unseal: SharesZone['unseal'];
}

/**
 * The shares on POSIX folders. The folder of a share may be a mount point; a symbolic link in its place is refused
 * like any other. Names that begin with `.havengate-` are the daemon's: they are not shown and not given.
 *
 * What people make here gets the share's mode and group by descriptor; what is renamed in keeps its own. Nothing but
 * `WorkingFile.sync` and the carrying makes anything durable. What the disk declines comes back as a refusal; its
 * faults, and what the daemon has no permission for, are thrown with their errno code.
 */
export function createSharesZone(parts: SharesParts): SharesZone {
  const { walk, attributesOf } = parts;
  const inPlace = <T>(place: SharePlace, work: Parameters<typeof withPlace<T>>[2]) =>
    withPlace(walk, place, work);

  return {
    make: (share) => makeShare(walk, share, shareFolders(attributesOf(share))),
    look: (place) => lookAt(walk, place),
    list: (place, limit) => listPlace(walk, place, limit),
    open: (place, how) =>
      inPlace(place, (folder, name) =>
        openInFolder(folder, folder.child(name), how, attributesOf(place.share)),
      ),
    rename: (from, to, replace) => renameWorking(walk, from, to, replace),
    remove: (place) => inPlace(place, async (folder, name) => accept(await unlink(folder.child(name)))),
    makeFolder: (place) =>
      inPlace(place, async (folder, name) => {
        const made = await makeFolder(folder.child(name), shareFolders(attributesOf(place.share)), false);
        return made ? accept(undefined) : refuse('exists');
      }),
    removeFolder: (place, only) =>
      inPlace(place, async (folder, name) => {
        const path = folder.child(name);
        if (only === 'ours' && (await lstat(path, { bigint: true })).uid !== ourUid())
          return refuse('not-found');
        return accept(await rmdir(path));
      }),
    change: (place, change) =>
      inPlace(place, (folder, name) => changeWorking(folder.child(name), change, attributesOf(place.share))),
    room: (share) => roomOf(walk, share),
    canLink: (share) => canLink(walk, share, parts.arrivals),
    carry: parts.carry,
    finishCarrying: parts.finishCarrying,
    seal: parts.seal,
    unseal: parts.unseal,
  };
}

async function openInFolder(
  folder: Folder,
  path: string,
  how: WorkingOpen,
  attributes: Attributes,
): Promise<Result<WorkingFile, WorkingRefusal>> {
  const opened = await openWorking(path, how, attributes);
  if (!opened.ok) return opened;
  const { file, made } = opened.value;
  const { O_DIRECTORY, O_RDONLY } = constants;
  try {
    const holder = made ? await open(folder.path, O_RDONLY | O_DIRECTORY) : null;
    return accept(await createWorkingFile(file, holder));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A folder that is there gets mode and group as well, if it is ours: a crash may have come before them. */
async function makeShare(walk: FolderWalk, share: string, attributes: Attributes): Promise<void> {
  if (!isShareName(share)) throw new Error('the name of a share has to be a plain name');
  await using folder = await walk.walk([share], attributes);
  if (folder === null)
    throw errnoError('ENOTDIR', `something that is no folder has the name of the share ${share}`);
  const { uid } = await folder.handle.stat({ bigint: true });
  if (uid !== ourUid()) return;
  await setAttributes(folder.handle, attributes);
  await folder.handle.sync();
}

/** What the file system tells, for the share's own folder: file systems with quotas by folder tell the quota there. */
async function roomOf(walk: FolderWalk, share: string): Promise<number> {
  const found = await walk.find([share]);
  if (typeof found === 'string') throw errnoError('ENOENT', `the folder of the share ${share} is missing`);
  await using folder = found;
  const stats = await statfs(folder.path);
  // Blocks are counted in fragments; not every Node 24 tells their size.
  return stats.bavail * (stats.frsize || stats.bsize);
}

async function canLink(walk: FolderWalk, share: string, arrivals: string): Promise<boolean> {
  await using incoming = await openIncoming(walk, share);
  await dropProbes(incoming.path);
  return await tryLinking(arrivals, incoming.path);
}
