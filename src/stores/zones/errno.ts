/** True when the value is an error with one of these errno codes, as `node:fs` throws them (`ENOENT` …). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  );
}

/** An error that a caller can tell apart by `code`, like those of the system. */
export function errnoError(
  code: string,
  message: string,
  cause?: unknown,
): Error & { readonly code: string } {
  return Object.assign(new Error(`${code}: ${message}`, { cause }), { code });
}

/** The value, or null when the promise fails with one of these codes; any other failure passes through. */
export async function nullOn<T>(promise: Promise<T>, ...codes: readonly string[]): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (hasCode(error, ...codes)) return null;
    throw error;
  }
}
