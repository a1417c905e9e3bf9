import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRefusal } from '../refusals.ts';

/** The methods of tus 1.0 that this door takes. */
export type TusMethod = 'POST' | 'HEAD' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** The media type of an upload's bytes. */
export const OFFSET_STREAM = 'application/offset+octet-stream';

/**
 * What is wrong with the headers of a tus request, before anything is looked up or made; null when they are fine.
 * Stricter and clearer than the library behind it: 412 for a version, 415 for a media type, as tus 1.0 asks.
 */
export function wrongHeader(method: TusMethod, headers: IncomingHttpHeaders): HttpRefusal | null {
  if (method === 'OPTIONS') return null;
  if (headers['tus-resumable'] !== '1.0.0') return 'tus-version';
  if (method === 'POST') return wrongCreation(headers);
  if (method !== 'PATCH') return null;
  if (headers['content-type'] !== OFFSET_STREAM) return 'content-type-wrong';
  return wholeNumber(headers['upload-offset']) === null ? 'offset-missing' : null;
}

function wrongCreation(headers: IncomingHttpHeaders): HttpRefusal | null {
  if (headers['upload-concat'] !== undefined) return 'concatenation-unsupported';
  if (headers['upload-defer-length'] !== undefined) return 'length-deferred';
  const length = wholeNumber(headers['upload-length']);
  if (length === null) return 'length-missing';
  if (headers['content-type'] !== OFFSET_STREAM) return null;
  return (wholeNumber(headers['content-length']) ?? 0) > length ? 'body-too-long' : null;
}

/** A header that is a whole number of bytes; null when it is missing or anything else. */
export function wholeNumber(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string' || !/^(0|[1-9]\d{0,15})$/.test(header)) return null;
  const value = Number(header);
  return Number.isSafeInteger(value) ? value : null;
}

const PASSED_ON = [
  'content-length',
  'content-type',
  'tus-resumable',
  'upload-length',
  'upload-metadata',
  'upload-offset',
] as const;

/** The headers that the library gets to see, and no others. */
export function tusHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
