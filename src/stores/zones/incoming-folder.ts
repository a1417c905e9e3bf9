import { mkdir } from 'node:fs/promises';
import { errnoError, nullOn } from './errno.ts';
import type { Folder, FolderWalk } from './folders.ts';
import { ourUid } from './same-bytes.ts';
import { INCOMING } from './working-names.ts';

/**
 * Opens the daemon's own folder in a share, and makes it when it is missing: copies for the share are made there, since
 * a link stays within one file system. People can give names in the share, so what has this name must be ours, and is
 * closed to everybody else; then it does not matter what becomes of the name. Throws ENOENT when there is no such
 * share, and EPERM when something else has the name. Dispose it to close it.
 */
export async function openIncoming(walk: FolderWalk, share: string): Promise<Folder> {
  await makeIncoming(walk, share);
  const found = await walk.find([share, INCOMING]);
  if (typeof found === 'string') throw notOurs(share);
  try {
    const stats = await found.handle.stat({ bigint: true });
    if (stats.uid !== ourUid()) throw notOurs(share);
    if ((stats.mode & 0o777n) !== 0o700n) await found.handle.chmod(0o700);
    return found;
  } catch (error) {
    await found.handle.close();
    throw error;
  }
}

async function makeIncoming(walk: FolderWalk, share: string): Promise<void> {
  const found = await walk.find([share]);
  if (typeof found === 'string') throw errnoError('ENOENT', `the folder of the share ${share} is missing`);
  await using top = found;
  await nullOn(mkdir(top.child(INCOMING), 0o700), 'EEXIST');
}

function notOurs(share: string): Error {
  return errnoError(
    'EPERM',
    `${INCOMING} in the share ${share} is not a folder of the daemon: remove it, and it is made again`,
  );
}
