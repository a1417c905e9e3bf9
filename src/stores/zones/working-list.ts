import type { Dirent } from 'node:fs';
import { type FileHandle, opendir } from 'node:fs/promises';
import { type FileName, parseFileName } from '../../core/custody/names.ts';
import type { NamedWorkingEntry, SharePlace } from '../../core/custody/shares/ports.ts';
import { isWorkingName } from '../../core/custody/shares/working-name.ts';
import type { Folder, FolderWalk } from './folders.ts';
import { lookIn } from './working-entry.ts';
import { folderNamesOf } from './working-names.ts';

/** Entries that are looked at in one go: more would keep the few threads of the disk from everybody else. */
const AT_ONCE = 16;

/** Names that are read from the disk in one go. */
const READ_AHEAD = 256;

type Pages = AsyncGenerator<readonly NamedWorkingEntry[], void, undefined>;

/**
 * The names of a folder of a share in pages of at most `limit`, as the disk gives them; null when it is no folder.
 * Left out are the daemon's own names and those that no door can say (control characters, invalid UTF-8). A name
 * that goes away meanwhile may be missing, and one that comes may be there. The folder is held open until the last
 * page was given or `return()` is called, also when no page was ever asked for.
 */
export async function listPlace(walk: FolderWalk, place: SharePlace, limit: number): Promise<Pages | null> {
  const names = folderNamesOf(place);
  const folder = names === null ? 'absent' : await walk.find(names);
  return typeof folder === 'string' ? null : closing(pagesOf(folder, limit), folder.handle);
}

async function* pagesOf(folder: Folder, limit: number): Pages {
  let page: NamedWorkingEntry[] = [];
  try {
    for await (const names of nameGroups(folder, Math.min(limit, AT_ONCE))) {
      page.push(...(await lookAtAll(folder, names)));
      if (page.length + AT_ONCE <= limit || page.length === 0) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  } finally {
    await folder.handle.close();
  }
}

async function* nameGroups(folder: Folder, size: number): AsyncGenerator<FileName[]> {
  let group: FileName[] = [];
  for await (const { name } of await openNames(folder)) {
    const parsed = parseFileName(name);
    if (!parsed.ok || !isWorkingName(name)) continue;
    group.push(parsed.value);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  yield group;
}

function openNames(folder: Folder): Promise<AsyncIterable<Dirent>> {
  return opendir(folder.path, { bufferSize: READ_AHEAD });
}

async function lookAtAll(folder: Folder, names: readonly FileName[]): Promise<NamedWorkingEntry[]> {
  const entries = await Promise.all(
    names.map(async (name) => {
      const entry = await lookIn(folder.child(name));
      return entry === null ? [] : [{ ...entry, name }];
    }),
  );
  return entries.flat();
}

/** A generator that was never asked for anything does not run its `finally`. */
function closing(pages: Pages, handle: FileHandle): Pages {
  return {
    next: () => pages.next(),
    async return() {
      await pages.return();
      await handle.close();
      return { done: true, value: undefined };
    },
    async throw(error: unknown) {
      await handle.close();
      return await pages.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return();
    },
  };
}
