/** Data that survives JSON unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * JSON in the one form that hashes and signatures are made over (RFC 8785, JCS): members sorted by UTF-16
 * code units, no white space, numbers and strings as ECMAScript prints them.
 *
 * Throws on NaN and infinities, and on a string with a lone surrogate (RFC 8785 section 3.2.2.2).
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Error('canonical JSON refuses a lone surrogate');
    return JSON.stringify(value);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error('canonical JSON refuses a number that is not finite');
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  // The default sort compares UTF-16 code units, which is what section 3.2.3 asks for.
  const members = Object.keys(value)
    .sort()
    .map((key) => `${canonicalJson(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
