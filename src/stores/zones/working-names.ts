import { parseFileName, splitPath } from '../../core/custody/names.ts';
import type { SharePlace } from '../../core/custody/shares/ports.ts';
import { isWorkingName } from '../../core/custody/shares/working-name.ts';

/**
 * The daemon's own folder in a share, and in Arrivals and outbound: on their file system, closed to everybody else, and
 * never shown. Copies are made there.
 */
export const INCOMING = '.havengate-incoming';

/** A name in a share, and the folders that lead to it from the shares zone on: the share's own first. */
export interface HeldName {
  readonly folders: readonly string[];
  readonly name: string;
}

/** The folders that lead to a place, the place itself last; null when a part of it is no name that people can have. */
export function folderNamesOf({ share, path }: SharePlace): readonly string[] | null {
  const names = path === '' ? [] : path.split('/');
  return isShareName(share) && names.every(isWorkingName) ? [share, ...names] : null;
}

/** Null for the top of a share too: it is nobody's to open, rename or remove. */
export function heldNameOf(place: SharePlace): HeldName | null {
  const [names, split] = [folderNamesOf(place), splitPath(place.path)];
  return names === null || split === null ? null : { folders: names.slice(0, -1), name: split.name };
}

export function isShareName(share: string): boolean {
  return /^[a-z0-9][a-z0-9._-]*$/.test(share) && parseFileName(share).ok;
}
