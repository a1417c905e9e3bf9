import { type FolderPath, LONGEST_NAME, nameKey } from '../../core/custody/names.ts';

/** Stands between the names in a published folder's key: less than all that a name can hold. */
export const BELOW = '\u0001';

/** The next character. No name can hold it either. */
export const BEYOND = '\u0002';

/** Longer than a name may be, of the greatest character. */
const BEYOND_ALL = '\u{10ffff}'.repeat(LONGEST_NAME);

/** What two spellings of a folder share: the keys of its names. */
export function folderKey(folder: FolderPath): string {
  return folder.split('/').map(nameKey).join('/');
}

/**
 * The same for published folders, in an order that keeps every folder together: it comes first, then all that is
 * below it, then the next. With slashes, `a b` would come between `a` and `a/x`.
 */
export function publishedKey(folder: FolderPath): string {
  return folder.split('/').map(nameKey).join(BELOW);
}

/** Greater than the key of a published folder and of all below it, and less than all that come after. */
export function endOf(key: string): string {
  return key === '' ? BEYOND_ALL : key + BEYOND;
}

/** Where the folders in a published folder begin whose name key is greater than `after`; all do than `''`. */
export function childrenAfter(key: string, after: string): string {
  return after === '' ? key + BELOW : belowOf(key) + after + BEYOND;
}

/** The name key of the folder in a published folder that a key below that one goes through. */
export function childOf(key: string, descendant: string): string {
  const start = belowOf(key).length;
  const end = descendant.indexOf(BELOW, start);
  return descendant.slice(start, end < 0 ? undefined : end);
}

/** What the keys of the folders in a published folder begin with. */
export function belowOf(key: string): string {
  return key === '' ? '' : key + BELOW;
}
