import { constants, type FileHandle, open } from 'node:fs/promises';
import type { WorkingOpen, WorkingRefusal } from '../../core/custody/shares/ports.ts';
import { accept, type Result, refuse } from '../../core/kit/result.ts';
import { hasCode, nullOn } from './errno.ts';
import { type Attributes, setAttributes } from './folders.ts';
import { ourUid } from './same-bytes.ts';

/** An open file, and whether the opening made it. */
export interface OpenedWorking {
  readonly file: FileHandle;
  readonly made: boolean;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** How often a name may come and go between two calls before we give up. */
const TRIES = 10;

/**
 * Opens what a path of a share stands for. Its last name is not followed, and a pipe is not waited for: what is neither
 * file nor folder is refused with `links`. A new file has the share's mode and group before anybody but us can open it.
 * Errors of the system pass through.
 */
export async function openWorking(
  path: string,
  how: WorkingOpen,
  attributes: Attributes,
): Promise<Result<OpenedWorking, WorkingRefusal>> {
  for (let tries = 1; ; tries++) {
    const made = how.create ? await makeFile(path, how, attributes) : null;
    if (made !== null) return accept({ file: made, made: true });
    if (how.create && how.exclusive) return refuse('exists');
    try {
      return await openExisting(path, how);
    } catch (error) {
      if (!how.create || tries === TRIES || !hasCode(error, 'ENOENT')) throw error;
    }
  }
}

async function makeFile(path: string, how: WorkingOpen, attributes: Attributes): Promise<FileHandle | null> {
  const file = await nullOn(open(path, accessOf(how) | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600), 'EEXIST');
  try {
    if (file !== null) await setAttributes(file, attributes);
    return file;
  } catch (error) {
    await file?.close();
    throw error;
  }
}

async function openExisting(path: string, how: WorkingOpen): Promise<Result<OpenedWorking, WorkingRefusal>> {
  const file = await open(path, accessOf(how) | O_NOFOLLOW | O_NONBLOCK);
  try {
    const fault = await faultOf(file, how.write);
    if (fault === null) {
      // Not by O_TRUNC: what it is was not known when it was opened.
      if (how.truncate && how.write) await file.truncate(0);
      return accept({ file, made: false });
    }
    await file.close();
    return refuse(fault);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * A file of ours with more names than one that others may not write to is most likely one that was published, and
 * still has its name in Arrivals: writing here would change what is said there to be inspected.
 */
async function faultOf(file: FileHandle, write: boolean): Promise<WorkingRefusal | null> {
  const stats = await file.stat();
  if (stats.isDirectory()) return 'is-a-folder';
  if (!stats.isFile()) return 'links';
  const published = stats.nlink > 1 && BigInt(stats.uid) === ourUid() && (stats.mode & 0o022) === 0;
  return write && published ? 'links' : null;
}

function accessOf({ read, write }: WorkingOpen): number {
  if (!write) return O_RDONLY;
  return read ? O_RDWR : O_WRONLY;
}
