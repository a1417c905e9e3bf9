import { constants, type FileHandle, open } from 'node:fs/promises';

/** Resolves when every entry that was in the folder at the time of the call is on disk; throws errno errors. */
export type FolderSync = () => Promise<void>;

/** Milliseconds for which a folder is kept open: a path that means another folder by then is noticed. */
const KEPT_OPEN = 1000;

/** Fsyncs that follow each other within so many milliseconds are of one burst. */
const SOON = 100;

/** Only from here on is a burst worth keeping the folder open for. */
const WORTH_KEEPING = 10;

/**
 * Fsyncs one folder for many callers: those who ask while an fsync runs share the next one, since the running one
 * may have begun before their entry was made. A failure reaches everybody who shared it and is not retried. Where
 * many follow each other, they share a descriptor, for a second at most.
 */
export function createFolderSync(path: string): FolderSync {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let kept: FileHandle | null = null;
  let inBurst = 0;
  let lastAt = 0;

  /** It is closed by the clock, and never under a call. */
  function keep(folder: FileHandle): void {
    kept = folder;
    const end = async (): Promise<void> => {
      kept = null;
      await Promise.allSettled([running]);
      await folder.close();
    };
    setTimeout(() => void end().catch(() => undefined), KEPT_OPEN).unref();
  }

  async function sync(): Promise<void> {
    const now = performance.now();
    inBurst = now - lastAt < SOON ? inBurst + 1 : 0;
    lastAt = now;
    if (kept === null && inBurst < WORTH_KEEPING) return syncFolder(path);
    if (kept === null) keep(await openFolder(path));
    await kept?.sync();
  }

  function start(): Promise<void> {
    next = null;
    running = sync().finally(() => {
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
  const folder = await openFolder(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function openFolder(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY);
}
