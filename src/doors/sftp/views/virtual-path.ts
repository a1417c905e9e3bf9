import {
  type FolderPath,
  type NameRefusal,
  parseFileName,
  parseFolderPath,
  TOP,
} from '../../../core/custody/names.ts';
import { accept, type Result } from '../../../core/kit/result.ts';

declare const brand: unique symbol;

/**
 * A path as SFTP clients see it, parsed once, at the edge: its names from the root on, without `.`, `..` and empty
 * ones, joined by `/`; `''` is the root. Every name in it is one that the core would take.
 */
export type VirtualPath = FolderPath & { readonly [brand]: 'virtual-path' };

/** The folder that shows what there is on a side. */
export const ROOT = TOP as VirtualPath;

/** Outside the folder of a person's own uploads, inside that of what has arrived. */
export const ARRIVALS = 'arrivals' as VirtualPath;

/** Inside, the folder of the shares that a person is a member of. */
export const SHARES = 'shares' as VirtualPath;

/** What leaves, by share: inside to be put there, outside to be taken from there. */
export const OUTBOUND = 'outbound' as VirtualPath;

/**
 * Parses a path as a client sent it, relative ones from `start`. `..` goes up one name and stays at the root, by the
 * text alone: there are no symbolic links that could lead elsewhere.
 */
export function parseVirtualPath(text: string, start: VirtualPath): Result<VirtualPath, NameRefusal> {
  const names = text.startsWith('/') || start === ROOT ? [] : start.split('/');
  for (const part of text.split('/')) {
    if (part === '..') {
      names.pop();
    } else if (part !== '' && part !== '.') {
      const name = parseFileName(part);
      if (!name.ok) return name;
      names.push(name.value);
    }
  }
  const path = parseFolderPath(names.join('/'));
  return path.ok ? accept(path.value as VirtualPath) : path;
}

/** The path as clients write it. */
export function showPath(path: VirtualPath): string {
  return `/${path}`;
}

/** What is left of a path below a folder: `''` for the folder itself, null for a path that is not in it. */
export function below(folder: VirtualPath, path: VirtualPath): FolderPath | null {
  if (path === folder) return TOP;
  return path.startsWith(`${folder}/`) ? (path.slice(folder.length + 1) as string as FolderPath) : null;
}

/** The first name of a path, here that of a share, and what is left of it; null for the top. */
export function splitShare(path: FolderPath): { readonly share: string; readonly rest: FolderPath } | null {
  if (path === TOP) return null;
  const slash = path.indexOf('/');
  if (slash < 0) return { share: path, rest: TOP };
  return { share: path.slice(0, slash), rest: path.slice(slash + 1) as string as FolderPath };
}
