import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The longest path of a Unix socket in bytes: `sun_path` has 108, one of them for the end. */
const LONGEST_SOCKET_PATH = 107;

/** Where a managed Redis keeps its files. All paths are absolute and free of symbolic links. */
export interface RedisPlace {
  /** Mode 0700: the append-only file, `redis.pid`, `owner.json`. */
  readonly dir: string;
  readonly socketPath: string;
  /** Written by the server. */
  readonly pidFile: string;
  /** Which daemon runs the server. */
  readonly ownerFile: string;
}

/**
 * Makes the folders of a managed Redis, mode 0700. The socket is in `dir`; where its path would be too long, in a
 * folder of our own in `runtimeDir` (else XDG_RUNTIME_DIR, else the system's folder for temporary files) that has
 * the same name at every start.
 *
 * Throws when that folder belongs to somebody else, or when no path is short enough.
 */
export async function prepareRedisPlace(dir: string, runtimeDir?: string): Promise<RedisPlace> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const real = await realpath(dir);
  const files = { dir: real, pidFile: join(real, 'redis.pid'), ownerFile: join(real, 'owner.json') };
  const { near, socketPath } = socketIn(real, runtimeDir);
  if (!fits(socketPath)) {
    throw new Error(
      `no path for the queue's socket is short enough: ${near} and ${socketPath} are over ` +
        `${LONGEST_SOCKET_PATH} bytes; set XDG_RUNTIME_DIR to a folder with a shorter path`,
    );
  }
  if (socketPath !== near) await makeOwnFolder(dirname(socketPath));
  return { ...files, socketPath };
}

/** The socket of a managed Redis whose folder is there; null otherwise. Makes nothing, and does not say that it runs. */
export async function findRedisSocket(dir: string, runtimeDir?: string): Promise<string | null> {
  const real = await realpath(dir).catch(() => null);
  return real === null ? null : socketIn(real, runtimeDir).socketPath;
}

function socketIn(real: string, runtimeDir?: string): { readonly near: string; readonly socketPath: string } {
  const near = join(real, 'redis.sock');
  if (fits(near)) return { near, socketPath: near };
  const base = runtimeDir ?? process.env['XDG_RUNTIME_DIR'] ?? tmpdir();
  const mark = createHash('sha256').update(real).digest('hex').slice(0, 16);
  return { near, socketPath: join(base, `havengate-${mark}`, 'redis.sock') };
}

/** In a folder that others may write to, a link or a folder of theirs could be waiting under the name. */
async function makeOwnFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new Error(
      `${folder} should be a folder of the daemon's user with mode 0700, and is not: remove it`,
    );
  }
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_SOCKET_PATH;
}
