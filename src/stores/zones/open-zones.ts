import { randomBytes } from 'node:crypto';
import { access, constants, link, mkdir, open, realpath, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Zones } from '../../core/custody/ports.ts';
import { createAirlockGuard } from './airlock-guard.ts';
import { createAirlockZone } from './airlock-zone.ts';
import { createArrivalsZone } from './arrivals-zone.ts';
import { hasCode, nullOn } from './errno.ts';
import { createFolderSync, syncFolder } from './folder-sync.ts';
import { type Attributes, createFolderWalk, folderMode, setAttributes } from './folders.ts';
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

const PRIVATE: Attributes = { mode: 0o700, gid: null };

/**
 * Makes the zones' folders where they are missing and opens them:
 * `airlock/files/<file id>`, `arrivals/<account>/…`, `quarantine/<file id>`, and `shares` and `outbound` for later.
 * Modes of folders that are there already stay as they are.
 *
 * Throws an error that says what is wrong with which path and what to do, with the system's error as its cause:
 * a folder that cannot be made or written to, or a group that cannot be given to files.
 */
export async function openZones({ data, keepFree, published }: ZoneOptions): Promise<Zones> {
  const visible = { mode: folderMode(published.mode), gid: published.gid };
  await mkdir(data, { recursive: true, mode: 0o755 }).catch(explain(data, 'cannot be made'));
  await prepare(join(data, 'airlock'), PRIVATE);
  const airlock = await prepare(join(data, 'airlock', 'files'), PRIVATE);
  const arrivals = await prepare(join(data, 'arrivals'), visible);
  const incoming = await prepare(join(arrivals, INCOMING), PRIVATE);
  const quarantine = await prepare(join(data, 'quarantine'), PRIVATE);
  await prepare(join(data, 'shares'), visible);
  await prepare(join(data, 'outbound'), visible);
  await syncFolder(dirname(await realpath(data)));
  await access('/proc/self/fd').catch(explain('/proc/self/fd', 'cannot be read', 'mount /proc'));
  await tryPublished(incoming, published);

  const guard = createAirlockGuard();
  const syncAirlock = createFolderSync(airlock);
  const syncQuarantine = createFolderSync(quarantine);
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
  return {
    airlock: createAirlockZone({ folder: airlock, syncFolder: syncAirlock, guard, keepFree }),
    arrivals: createArrivalsZone(walk, publish),
    quarantine: createQuarantineZone({
      folder: quarantine,
      syncFolder: syncQuarantine,
      airlock,
      syncAirlock,
    }),
  };
}

/** Makes a folder unless it is there, with its entry on disk, and returns its true path. */
async function prepare(path: string, attributes: Attributes): Promise<string> {
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

/** True when a file of the airlock can be linked into Arrivals; false when it has to be copied. */
async function tryLinking(airlock: string, incoming: string): Promise<boolean> {
  const name = `probe-${randomBytes(8).toString('hex')}`;
  const handle = await open(join(airlock, name), 'wx', 0o600).catch(explain(airlock, 'takes no new file'));
  try {
    await link(join(airlock, name), join(incoming, name));
    await unlink(join(incoming, name));
    return true;
  } catch (error) {
    if (hasCode(error, 'EXDEV', 'EPERM')) return false;
    throw error;
  } finally {
    await handle.close();
    await unlink(join(airlock, name));
  }
}

function explainGroup(path: string, { gid }: Attributes): (error: unknown) => never {
  const advice = 'run the daemon as a member of that group, or name another group for published files';
  return explain(path, gid === null ? 'does not take a mode' : `cannot be given the group ${gid}`, advice);
}

/** Turns an errno error into one that tells an operator what to do; keeps its `code`. */
function explain(path: string, what: string, advice?: string): (error: unknown) => never {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const user = process.geteuid?.() ?? 'unknown';
    const todo =
      advice ?? `give user ${user} the right to read, write and enter it, or set \`data\` to another folder`;
    throw Object.assign(new Error(`${path} ${what} (${code}): ${todo}`, { cause: error }), { code });
  };
}
