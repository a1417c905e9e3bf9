import { type FolderPath, nameKey, parseFileName, TOP } from '../names.ts';

/** Names that begin so are the daemon's: in a share people neither see nor give them. */
const RESERVED = '.havengate-';

/** True for a name that people can have in a share; false also for what is no plain name. */
export function isWorkingName(name: string): boolean {
  return parseFileName(name).ok && !nameKey(name).startsWith(RESERVED);
}

/** True for a path that people can have in a share. */
export function isWorkingPath(path: FolderPath): boolean {
  return path === TOP || path.split('/').every(isWorkingName);
}
