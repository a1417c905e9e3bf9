import { accept, type Result, refuse } from '../kit/result.ts';

declare const nameBrand: unique symbol;
declare const folderBrand: unique symbol;

/** One name in a folder, as it was sent: 1 to 255 bytes of UTF-8 without control characters or a slash. */
export type FileName = string & { readonly [nameBrand]: 'file-name' };

/** A folder below a person's arrivals: names joined by `/`, without a slash at either end; `''` is the top. */
export type FolderPath = string & { readonly [folderBrand]: 'folder-path' };

/** The top of a person's arrivals. */
export const TOP = '' as FolderPath;

/** Why a name cannot be kept. */
export type NameRefusal = 'name-invalid' | 'path-too-long';

/** The longest name, in bytes of UTF-8: what Linux file systems take. */
export const LONGEST_NAME = 255;

const LONGEST_EXTENSION = 32;

/** The longest path and the deepest nesting of folders; leaves room below PATH_MAX for the zone itself. */
const LONGEST_PATH = 3000;
const DEEPEST_PATH = 100;

/** C0, DEL and C1 controls, and the line and paragraph separators that terminals and lists break on. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Parses one name. Doors decode bytes first, and refuse invalid UTF-8 rather than replace it. */
export function parseFileName(text: string): Result<FileName, NameRefusal> {
  if (text === '' || text === '.' || text === '..')
    return refuse('name-invalid', 'a name cannot be empty, "." or ".."');
  if (text.includes('/')) return refuse('name-invalid', 'a name cannot hold a slash');
  if (CONTROL.test(text)) return refuse('name-invalid', 'a name cannot hold control characters');
  if (!text.isWellFormed()) return refuse('name-invalid', 'a name has to be valid Unicode');
  if (Buffer.byteLength(text) > LONGEST_NAME) return refuse('path-too-long', 'a name has at most 255 bytes');
  return accept(text as FileName);
}

/** Parses a folder path as clients send it: empty and `.` parts are dropped, `..` is refused. */
export function parseFolderPath(text: string): Result<FolderPath, NameRefusal> {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  for (const part of parts) {
    const name = parseFileName(part);
    if (!name.ok) return name;
  }
  const path = parts.join('/');
  if (parts.length > DEEPEST_PATH)
    return refuse('path-too-long', `folders nest at most ${DEEPEST_PATH} deep`);
  if (Buffer.byteLength(path) > LONGEST_PATH)
    return refuse('path-too-long', `a path has at most ${LONGEST_PATH} bytes`);
  return accept(path as FolderPath);
}

/**
 * What two spellings share when people would call them the same name: NFC, case folded. Unique per folder among
 * live files, so that a Windows or macOS desktop can show all of them.
 */
export function nameKey(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** The folder and last name of a path below the top; null for the top itself. */
export function splitPath(path: FolderPath): { folder: FolderPath; name: FileName } | null {
  if (path === TOP) return null;
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(slash, 0)) as FolderPath, name: path.slice(slash + 1) as FileName };
}

/** The path of a name in a folder. */
export function joinPath(folder: FolderPath, name: FileName): FolderPath {
  return (folder === TOP ? name : `${folder}/${name}`) as string as FolderPath;
}

/** Endings that clients give a file while they send it; such a name never settles by itself. */
export function isPartialName(name: FileName): boolean {
  return /\.(filepart|part|partial)$/i.test(name);
}

/** The partial names under which clients send what is to have a name at the end. */
export function partialNamesOf(name: FileName): readonly FileName[] {
  return ['.filepart', '.part', '.partial'].map((ending) => `${name}${ending}` as FileName);
}

/**
 * The n-th name to try for a file whose own name is taken: `scan.csv`, `scan (2).csv`, `scan (3).csv` … . Stays
 * within 255 bytes by shortening the stem at a character boundary.
 */
export function numberedName(name: FileName, n: number): FileName {
  if (n === 1) return name;
  const extension = extensionOf(name);
  const stem = name.slice(0, name.length - extension.length);
  const ending = ` (${n})${extension}`;
  return (shorten(stem, LONGEST_NAME - Buffer.byteLength(ending)) + ending) as FileName;
}

/** What comes from the last dot on; nothing when that is all there is, or too long to be an ending. */
function extensionOf(name: FileName): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  return Buffer.byteLength(extension) <= LONGEST_EXTENSION ? extension : '';
}

function shorten(text: string, bytes: number): string {
  const kept = Array.from(text);
  while (kept.length > 1 && Buffer.byteLength(kept.join('')) > bytes) kept.pop();
  return kept.join('');
}
