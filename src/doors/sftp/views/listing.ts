import type { FileName } from '../../../core/custody/names.ts';
import type { FolderEntry } from '../../../core/custody/ports.ts';
import type { Instant } from '../../../core/kit/clock.ts';
import { accept, type Result } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { Entry, Listing } from './view.ts';

/** How many names of a folder are read, and sent, at once. */
export const PAGE = 100;

/** A folder, as it is listed. */
export function folderEntry(mtime: Instant, readOnly = false): Entry {
  return { attributes: { kind: 'folder', size: 0, mtime, ...(readOnly && { readOnly }) }, state: 'folder' };
}

/** Folders of the view itself. */
export function listFolders(names: readonly string[], mtime: Instant): Listing {
  let page = names.map((name) => ({ name, ...folderEntry(mtime) }));
  return {
    async next() {
      const result = accept(page);
      page = [];
      return result;
    },
  };
}

/** A folder that the ledger lists in pages, each after the last name of the one before. */
export function listPages(
  read: (after: FileName | null, limit: number) => Promise<Result<readonly FolderEntry[], Refusal>>,
  show: (entry: FolderEntry) => Entry,
): Listing {
  let after: FileName | null = null;
  return {
    async next() {
      const page = await read(after, PAGE);
      if (!page.ok) return page;
      after = page.value.at(-1)?.name ?? after;
      return accept(page.value.map((entry) => ({ name: entry.name, ...show(entry) })));
    },
  };
}
