import { accept, type Result, refuse } from '../kit/result.ts';
import type { ArrivalPath, CustodyFile, Drop } from './file.ts';
import type { FoundEntry } from './found-entry.ts';
import { type FileName, type FolderPath, splitPath } from './names.ts';
import type { FolderEntry, Ledger } from './ports.ts';
import { damagedAt } from './scrub/damage.ts';
import { PUBLISHED_STATES } from './states.ts';

/**
 * What a path shows of what was published to a person: in Arrivals, or released by a share. The caller has asked
 * whether the person may look. A damaged file shows itself, though it is in no listing: who opens it reads why not.
 */
export async function lookUpPublished(
  ledger: Ledger,
  drop: Drop,
  path: FolderPath,
): Promise<Result<FoundEntry, 'not-found'>> {
  const folder = await ledger.findPublishedFolder(drop, path);
  if (folder !== null) return accept({ kind: 'folder', createdAt: folder.createdAt });
  const split = splitPath(path);
  const file =
    split === null
      ? null
      : ((await publishedAt(ledger, drop, split)) ?? (await damagedAt({ ledger }, drop, split)));
  return file === null ? refuse('not-found') : accept({ kind: 'file', file });
}

/** A page of a published folder, ordered by name key. An empty page is the end. The caller has asked as well. */
export async function listPublishedPage(
  ledger: Ledger,
  drop: Drop,
  folder: FolderPath,
  page: { readonly after: FileName | null; readonly limit: number },
): Promise<Result<readonly FolderEntry[], 'not-found'>> {
  const entries = await ledger.listPublished(drop, folder, page);
  return entries === null ? refuse('not-found') : accept(entries);
}

/** The file that is there to be had under a published name: arrived, or released. */
export async function publishedAt(
  ledger: Ledger,
  drop: Drop,
  path: ArrivalPath,
): Promise<CustodyFile | null> {
  const file = await ledger.arrivalAt(drop, path);
  return file !== null && PUBLISHED_STATES.some((state) => state === file.state) ? file : null;
}
