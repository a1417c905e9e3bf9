import { type HttpRefusal, RequestRefused } from '../refusals.ts';

/** What is to be answered, and whether an operator has to know. */
export interface Judged {
  readonly refusal: HttpRefusal;
  readonly detail: string | undefined;
  readonly expected: boolean;
}

const FULL = ['ENOSPC', 'EDQUOT'];
const DISK = [...FULL, 'EIO', 'EROFS'];

/** The library's own errors, `{status_code, body}`, by status. Their words are not ours, so only the status counts. */
const BY_STATUS: Readonly<Record<number, HttpRefusal>> = {
  404: 'not-found',
  409: 'offset-wrong',
  410: 'upload-gone',
  413: 'body-too-long',
};

/**
 * Puts whatever was thrown during an exchange into a refusal, so that no raw message leaves the house. `isHead`: a
 * client that asks for the offset throws its progress away on a 500, so it is told to wait instead.
 */
export function judgeFault(error: unknown, isHead: boolean): Judged {
  if (error instanceof RequestRefused) return expected(error.refusal, error.detail);
  const status = numberIn(error, 'status_code');
  const known = status === null ? undefined : BY_STATUS[status];
  if (known !== undefined) return expected(known);
  if (isHead) return unexpected('try-again');
  if (FULL.includes(codeOf(error))) return unexpected('disk-full');
  // The upload writer wraps a failed sync, after which it has given the upload up.
  if (error instanceof Error && DISK.includes(codeOf(error.cause))) return unexpected('disk-failed');
  return unexpected('failed');
}

function expected(refusal: HttpRefusal, detail?: string): Judged {
  return { refusal, detail, expected: true };
}

function unexpected(refusal: HttpRefusal): Judged {
  return { refusal, detail: undefined, expected: false };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function numberIn(value: unknown, key: string): number | null {
  if (typeof value !== 'object' || value === null) return null;
  const found: unknown = Reflect.get(value, key);
  return typeof found === 'number' ? found : null;
}
