import type { ArrivalPath } from '../../../core/custody/file.ts';
import {
  type FolderPath,
  joinPath,
  parseFileName,
  parseFolderPath,
  TOP,
} from '../../../core/custody/names.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import type { HttpRefusal } from '../refusals.ts';

/** The longest Upload-Metadata header, and the most pairs in it. Room for the longest path, twice. */
const LONGEST = 10_000;
const MOST_PAIRS = 32;

type MetadataRefusal = Extract<
  HttpRefusal,
  'metadata-invalid' | 'filename-missing' | 'name-invalid' | 'path-too-long'
>;

/**
 * Where an upload is to land, from its Upload-Metadata (tus 1.0, creation): `filename`, else `name`, in the folder of
 * `relativePath`, whose last part is the file itself when it has the same name. Uppy sends a missing path as the
 * string "null". Values that are not UTF-8 are refused rather than mended; other keys are ignored.
 */
export function parseUploadPath(header: string | undefined): Result<ArrivalPath, MetadataRefusal> {
  const metadata = parseMetadata(header ?? '');
  if (!metadata.ok) return metadata;
  const text = metadata.value.get('filename') ?? metadata.value.get('name') ?? '';
  if (text === '') return refuse('filename-missing');
  const name = parseFileName(text);
  if (!name.ok) return name;
  const folder = parseFolder(metadata.value.get('relativePath') ?? '', text);
  return folder.ok ? accept({ folder: folder.value, name: name.value }) : folder;
}

/** Upload-Metadata for a path, as a HEAD answers it (tus 1.0, creation). */
export function formatUploadPath(path: ArrivalPath): Record<string, string> {
  if (path.folder === TOP) return { filename: path.name };
  return { filename: path.name, relativePath: joinPath(path.folder, path.name) };
}

function parseFolder(relativePath: string, name: string): Result<FolderPath, MetadataRefusal> {
  if (relativePath === '' || relativePath === 'null') return accept(TOP);
  const cut = relativePath.lastIndexOf('/');
  return parseFolderPath(
    relativePath.slice(cut + 1) === name ? relativePath.slice(0, Math.max(cut, 0)) : relativePath,
  );
}

function parseMetadata(header: string): Result<ReadonlyMap<string, string>, 'metadata-invalid'> {
  if (header.length > LONGEST) return refuse('metadata-invalid', `metadata has at most ${LONGEST} bytes`);
  const metadata = new Map<string, string>();
  for (const pair of header.split(',').filter((part) => part.trim() !== '')) {
    const [key = '', value = '', ...rest] = pair.trim().split(' ');
    const text = decode(value);
    if (rest.length > 0 || text === null)
      return refuse('metadata-invalid', `the value of "${safeKey(key)}" cannot be read`);
    if (metadata.has(key)) return refuse('metadata-invalid', `the key "${safeKey(key)}" comes twice`);
    metadata.set(key, text);
    if (metadata.size > MOST_PAIRS)
      return refuse('metadata-invalid', `metadata has at most ${MOST_PAIRS} keys`);
  }
  return accept(metadata);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(value: string): string | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) return null;
  try {
    return utf8.decode(Buffer.from(value, 'base64'));
  } catch {
    return null;
  }
}

function safeKey(key: string): string {
  return key.slice(0, 40).replaceAll(/[^\w.-]/g, '?');
}
