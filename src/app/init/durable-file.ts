import { access, chmod, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a whole file, replacing one that is there: after a crash it is whole, or as it was. */
export async function writeDurably(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  await rename(await writeBeside(file, content, mode), file);
  await syncPath(dirname(file));
}

/** Like `writeDurably`, for a file that must not be there yet. False, and nothing changed, when it is. */
export async function writeOnce(file: string, content: string | Uint8Array, mode: number): Promise<boolean> {
  const written = await writeBeside(file, content, mode);
  try {
    await link(written, file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(written);
  }
  await syncPath(dirname(file));
  return true;
}

/** Makes what a file holds, or which names a folder has, outlive a power cut. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether something is at a path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Makes a folder with exactly this mode, and those above it; one that is there already stays as it is. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode }).catch((cause: unknown) => {
    throw new Error(`the folder ${path} cannot be made`, { cause });
  });
  if (made === undefined) return;
  await chmod(path, mode);
  await syncPath(dirname(path));
}

async function writeBeside(file: string, content: string | Uint8Array, mode: number): Promise<string> {
  const path = `${file}.new`;
  const handle = await open(path, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return path;
}
