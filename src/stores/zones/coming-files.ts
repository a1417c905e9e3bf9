import { close, constants, fdatasync, type NoParamCallback, open as openFile, write } from 'node:fs';
import { lstat, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AirlockEntry } from '../../core/custody/zone-ports.ts';
import { reach } from '../../core/kit/failpoint.ts';
import type { FileId } from '../../core/kit/ids.ts';
import { nullOn } from './errno.ts';
import type { FolderSync } from './folder-sync.ts';
import { listFolder } from './list-folder.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** Whole files on their way into the airlock: `AirlockZone` says what the calls do. */
export interface ComingFiles {
  bring(file: FileId, bytes: Uint8Array): Promise<void>;
  place(file: FileId): Promise<void>;
  turnAway(file: FileId): Promise<void>;
  list(): AsyncIterable<AirlockEntry>;
  /** Null when it is not coming, or no more. */
  sizeOf(file: FileId): Promise<number | null>;
  /** Resolves when this process has placed the file, or turned it away; null when it is not coming. */
  gone(file: FileId): Promise<void> | null;
}

/** `folder` and `airlock` are on one file system. */
export function createComingFiles(folder: string, airlock: string, syncFolder: FolderSync): ComingFiles {
  const underWay = new Map<FileId, PromiseWithResolvers<void>>();
  const pathOf = (file: FileId): string => join(folder, file);

  function end(file: FileId): void {
    underWay.get(file)?.resolve();
    underWay.delete(file);
  }

  async function make(file: FileId, bytes: Uint8Array): Promise<void> {
    const descriptor = await open(pathOf(file));
    try {
      const synced = [syncFolder(), writeAll(descriptor, bytes).then(() => datasync(descriptor))];
      for (const result of await Promise.allSettled(synced)) {
        if (result.status === 'rejected') throw result.reason;
      }
    } finally {
      // Everything is on disk, or nothing counts.
      close(descriptor, () => undefined);
    }
  }

  async function turnAway(file: FileId): Promise<void> {
    try {
      await nullOn(unlink(pathOf(file)), 'ENOENT');
    } finally {
      end(file);
    }
  }

  return {
    async bring(file, bytes) {
      underWay.set(file, Promise.withResolvers());
      try {
        await make(file, bytes);
      } catch (error) {
        await turnAway(file).catch(() => undefined);
        throw error;
      }
    },

    async place(file) {
      try {
        await nullOn(rename(pathOf(file), join(airlock, file)), 'ENOENT');
        reach('receive.whole-placed');
      } finally {
        end(file);
      }
    },

    turnAway,

    list: () => listFolder(folder),

    async sizeOf(file) {
      const stats = await nullOn(lstat(pathOf(file)), 'ENOENT');
      return stats?.isFile() === true ? stats.size : null;
    },

    gone: (file) => underWay.get(file)?.promise ?? null,
  };
}

function open(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    openFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600, (error, descriptor) =>
      error === null ? resolve(descriptor) : reject(error),
    );
  });
}

/** Goes on after a short write. */
async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += await writeSome(descriptor, bytes, at);
}

function writeSome(descriptor: number, bytes: Uint8Array, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, at, bytes.length - at, at, (error, written) =>
      error === null ? resolve(written) : reject(error),
    );
  });
}

function datasync(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done: NoParamCallback = (error) => (error === null ? resolve() : reject(error));
    fdatasync(descriptor, done);
  });
}
