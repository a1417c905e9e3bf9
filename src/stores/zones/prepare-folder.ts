import { randomBytes } from 'node:crypto';
import { access, constants, link, lstat, mkdir, open, readdir, realpath, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, nullOn } from './errno.ts';
import { syncFolder } from './folder-sync.ts';
import { type Attributes, setAttributes } from './folders.ts';

/** What nobody but the daemon can enter. */
export const PRIVATE: Attributes = { mode: 0o700, gid: null };

/** Makes a folder unless it is there, with its entry on disk, and returns its true path. */
export async function prepareFolder(path: string, attributes: Attributes): Promise<string> {
  const made = await nullOn(
    mkdir(path, { mode: 0o700 }).then(() => true),
    'EEXIST',
  ).catch(explain(path, 'cannot be made'));
  const folder = await realpath(path).catch(explain(path, 'leads nowhere'));
  const { O_DIRECTORY, O_RDONLY } = constants;
  const handle = await open(folder, O_RDONLY | O_DIRECTORY).catch(
    explain(path, 'cannot be read as a folder'),
  );
  try {
    if (made === true) await setAttributes(handle, attributes).catch(explainGroup(path, attributes));
    await access(folder, constants.W_OK | constants.X_OK).catch(explain(path, 'cannot be written to'));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(path));
  return folder;
}

/** What this daemon tries folders with: an empty file, for as long as a few calls take. */
const PROBE = /^probe-[0-9a-f]{16}(?:-link)?$/;

/** A probe of another process that is at work is younger. */
const FORGOTTEN_MS = 60_000;

/** A name for an empty file that a folder is tried with. */
export function probeName(): string {
  return `probe-${randomBytes(8).toString('hex')}`;
}

/** Unlinks the probes that a crash, or a fault of the disk, has left in a folder. Failures are no matter. */
export async function dropProbes(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const stats = PROBE.test(name) ? await lstat(path).catch(() => null) : null;
    if (stats === null || stats.size > 0 || Date.now() - stats.mtimeMs < FORGOTTEN_MS) continue;
    await unlink(path).catch(() => undefined);
  }
}

/** True when files of one folder can be linked and renamed into the other; false when they have to be copied. */
export async function tryLinking(from: string, to: string): Promise<boolean> {
  const name = probeName();
  const handle = await open(join(from, name), 'wx', 0o600).catch(explain(from, 'takes no new file'));
  try {
    await link(join(from, name), join(to, name));
    await unlink(join(to, name));
    return true;
  } catch (error) {
    if (hasCode(error, 'EXDEV', 'EPERM')) return false;
    throw error;
  } finally {
    await handle.close();
    await unlink(join(from, name));
  }
}

/** The same for a mode and a group that a file or folder does not take. */
export function explainGroup(path: string, { gid }: Attributes): (error: unknown) => never {
  const advice = 'run the daemon as a member of that group, or name another group for published files';
  return explain(path, gid === null ? 'does not take a mode' : `cannot be given the group ${gid}`, advice);
}

/** Turns an errno error into one that tells an operator what to do; keeps its `code`. */
export function explain(path: string, what: string, advice?: string): (error: unknown) => never {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const user = process.geteuid?.() ?? 'unknown';
    const todo =
      advice ?? `give user ${user} the right to read, write and enter it, or set \`data\` to another folder`;
    throw Object.assign(new Error(`${path} ${what} (${code}): ${todo}`, { cause: error }), { code });
  };
}
