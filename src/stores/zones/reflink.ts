import { constants, copyFile, type FileHandle, unlink } from 'node:fs/promises';
import { hasCode, nullOn } from './errno.ts';

/**
 * Makes a new file that shares the blocks of an open one, where the file system can, with the mode of that one. False,
 * and no file, where it cannot. Throws EEXIST, and leaves what is there, when the name is taken.
 */
export async function reflink(source: FileHandle, path: string): Promise<boolean> {
  const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants;
  try {
    await copyFile(`/proc/self/fd/${source.fd}`, path, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw error;
    // Whatever else was wrong: the copy by reading and writing works, or says what it is.
    await nullOn(unlink(path), 'ENOENT');
    return false;
  }
}
