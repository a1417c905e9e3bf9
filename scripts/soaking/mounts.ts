import { execFileSync } from 'node:child_process';
import { cp, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MIB = 1024 * 1024;

/** A small file system of its own, which can be filled. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves so many bytes free. */
  fill(left: number): Promise<void>;
  empty(): Promise<void>;
  unmount(): void;
}

/** True where a small disk can be made. */
export const MAY_MOUNT: boolean = process.getuid?.() === 0;

/** Puts a file system in memory under a folder, with what was in the folder. */
export async function mountSmallDisk(path: string, size: number): Promise<SmallDisk> {
  const before = `${path}.before`;
  await cp(path, before, { recursive: true, preserveTimestamps: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${Math.round(size / MIB)}m,mode=755`, 'tmpfs', path]);
  await cp(before, path, { recursive: true, preserveTimestamps: true });
  await rm(before, { recursive: true });
  const ballast = join(path, '.ballast');
  await mkdir(path, { recursive: true });
  return {
    path,
    async fill(left) {
      const { bavail, bsize } = await statfs(path);
      const bytes = Math.max(0, bavail * bsize - left);
      await writeFile(
        ballast,
        (function* () {
          for (let at = 0; at < bytes; at += MIB) yield Buffer.alloc(Math.min(MIB, bytes - at));
        })(),
      ).catch((error: NodeJS.ErrnoException) => {
        // Somebody else was quicker: it is full all the same.
        if (error.code !== 'ENOSPC') throw error;
      });
    },
    empty: () => rm(ballast, { force: true }),
    unmount: () => void execFileSync('umount', ['-l', path]),
  };
}
