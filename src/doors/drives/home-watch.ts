import { join } from 'node:path';
import { FSWatcher } from 'chokidar';
import type { FoundFolder } from '../../core/custody/drives/ports.ts';
import type { Millis } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';

/** What the watching of homes needs. */
export interface HomeWatchOptions {
  /** The folder that holds one folder for each account. */
  readonly root: string;
  /** How many folders are watched at most. */
  readonly most: number;
  /** Told that something may have changed in a home. Often, and also for what the daemon does itself. */
  readonly hint: (home: string) => void;
  readonly log: Logger;
}

/** A watch over folders of Arrivals. It is a hint only: what it misses, the next rescan finds. */
export interface HomeWatch {
  /**
   * The folders that a rescan has found in a home: these are watched from now on, as far as the limit goes. True when
   * some of them are new: what happened in those before they were watched is only seen by another look.
   */
  follow(home: string, folders: readonly FoundFolder[]): boolean;
  /** How many folders are watched. */
  count(): number;
  stop(): Promise<void>;
}

/** One home: its watcher, and its folders with their inodes. */
interface WatchedHome {
  watcher: FSWatcher;
  folders: Map<string, string>;
  /** Folders that were given up since the watcher was made. */
  givenUp: number;
}

/** chokidar reads every folder that it is given, all at once: so many are given together, and then a pause. */
const TOGETHER = 32;
const PAUSE: Millis = 20;

/** chokidar remembers every path that it was told to leave: after so many, a home gets a new watcher. */
const MOST_GIVEN_UP = 64;

/**
 * Watches folders with chokidar: one watch for each folder, none for files. Folders are named one by one, as
 * rescans find them, and everything else is ignored: chokidar then keeps nothing of what is in them, reads no
 * folder again when a file in it goes, and its watches can be counted. Only its raw events are listened to.
 */
export function startHomeWatch({ root, most, hint, log }: HomeWatchOptions): HomeWatch {
  const homes = new Map<string, WatchedHome>();
  const said = new Set<string>();
  const closing = new Set<Promise<void>>();
  const waiting: { readonly home: WatchedHome; readonly path: string }[] = [];
  let pump: NodeJS.Timeout | null = null;
  let count = 1;

  function sayOnce(event: string, key: string, fields: Readonly<Record<string, unknown>>): void {
    if (said.has(key)) return;
    said.add(key);
    log.warn(event, fields);
  }

  function watcherOf(isFolder: (path: string) => boolean, onEvent: (name: string | null) => void): FSWatcher {
    const watcher = new FSWatcher({
      ignored: (path) => !isFolder(path),
      ignoreInitial: true,
      followSymlinks: false,
      depth: 0,
      atomic: false,
      ignorePermissionErrors: true,
      persistent: false,
    });
    watcher.on('raw', (_event, name) => onEvent(typeof name === 'string' ? name : null));
    watcher.on('error', (error) => {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      sayOnce('drives-watch-failed', code, {
        error,
        message:
          'some folders are not watched; what desktops do there is found by the rescan only. ENOSPC: raise ' +
          'fs.inotify.max_user_watches, or set drives.watches below it',
      });
    });
    return watcher;
  }

  function openHome(home: string, folders: Map<string, string>): WatchedHome {
    const opened: WatchedHome = {
      folders,
      givenUp: 0,
      watcher: watcherOf(
        (path) => opened.folders.has(path),
        () => hint(home),
      ),
    };
    return opened;
  }

  function add(home: WatchedHome, paths: Iterable<string>): void {
    for (const path of paths) waiting.push({ home, path });
    pump ??= setTimeout(addSome, 0).unref();
  }

  function addSome(): void {
    for (const { home, path } of waiting.splice(0, TOGETHER)) {
      if (!home.watcher.closed && home.folders.has(path)) home.watcher.add(path);
    }
    pump = waiting.length === 0 ? null : setTimeout(addSome, PAUSE).unref();
  }

  function close(watcher: FSWatcher): void {
    const closed = watcher.close().catch(() => undefined);
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  }

  /** Those of the folders that are watched already, and as many others as the limit leaves. */
  function within(
    home: string,
    found: readonly FoundFolder[],
    old: ReadonlyMap<string, string>,
  ): Map<string, string> {
    const folders = new Map<string, string>();
    let room = most - count + old.size;
    for (const { path, mark } of found) {
      const full = join(root, home, path);
      // chokidar takes backslashes for slashes.
      if (full.includes('\\')) continue;
      if (room <= 0) {
        sayOnce('drives-watch-limit', 'limit', {
          watches: most,
          message: 'more folders than drives.watches: the rest is found by the rescan only',
        });
        break;
      }
      room--;
      folders.set(full, mark);
    }
    return folders;
  }

  const top = watcherOf(
    (path) => path === root,
    (name) => name !== null && hint(name),
  );
  top.add(root);

  return {
    follow(home, found) {
      const before = homes.get(home);
      const old = before?.folders ?? new Map<string, string>();
      const folders = within(home, found, old);
      count += folders.size - old.size;
      if (folders.size === 0) {
        if (before !== undefined) close(before.watcher);
        homes.delete(home);
        return false;
      }
      const gone = [...old].filter(([path, mark]) => folders.get(path) !== mark).map(([path]) => path);
      if (before === undefined || before.givenUp + gone.length > MOST_GIVEN_UP) {
        if (before !== undefined) close(before.watcher);
        const opened = openHome(home, folders);
        homes.set(home, opened);
        add(opened, folders.keys());
        return true;
      }
      before.folders = folders;
      before.givenUp += gone.length;
      if (gone.length > 0) before.watcher.unwatch(gone);
      const added = [...folders].filter(([path, mark]) => old.get(path) !== mark).map(([path]) => path);
      if (added.length > 0) add(before, added);
      return added.length > 0;
    },
    count: () => count,
    async stop() {
      if (pump !== null) clearTimeout(pump);
      waiting.length = 0;
      close(top);
      for (const { watcher } of homes.values()) close(watcher);
      homes.clear();
      count = 0;
      await Promise.all(closing);
    },
  };
}
