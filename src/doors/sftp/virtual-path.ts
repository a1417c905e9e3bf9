import {
  type FolderPath,
  type NameRefusal,
  parseFileName,
  parseFolderPath,
  TOP,
} from '../../core/custody/names.ts';
import { accept, type Result } from '../../core/kit/result.ts';

declare const brand: unique symbol;

/**
 * A path as SFTP clients see it, parsed once, at the edge: its names from the root on, without `.`, `..` and empty
 * ones, joined by `/`; `''` is the root. Every name in it is one that the core would take.
 */
export type VirtualPath = FolderPath & { readonly [brand]: 'virtual-path' };

/** The folder that shows what there is on a side. */
export const ROOT = TOP as VirtualPath;

/** The folder of a person's own uploads, and where a session starts. */
export const ARRIVALS = 'arrivals' as VirtualPath;

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
