import { constants, open } from 'node:fs/promises';

/** Resolves when every entry that was in the folder at the time of the call is on disk; throws errno errors. */
export type FolderSync = () => Promise<void>;

/**
 * Fsyncs one folder for many callers: those who ask while an fsync runs share the next one, since the running one
 * may have begun before their entry was made. A failure reaches everybody who shared it and is not retried.
 */
export function createFolderSync(path: string): FolderSync {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  function start(): Promise<void> {
    next = null;
    running = syncFolder(path).finally(() => {
      running = null;
    });
    return running;
  }

  return () => {
    if (running === null) return start();
    next ??= running.then(start, start);
    return next;
  };
}

/** Fsyncs a folder once. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
