import type { LogFields } from '../core/kit/logger.ts';

/** Names of fields that never hold what a log may show: a second net below the care of those who write lines. */
const SECRET =
  /(pass(word|phrase)?|secret|token|authorization|cookie|otpauth|privatekey|credentials?)$|^(code|otp|pin)$/i;

const REDACTED = '[redacted]';
const DEEPEST = 6;
const LONGEST_TEXT = 8192;
const MOST_ITEMS = 100;

/** Members that every line has of its own. */
const OWN = ['time', 'level', 'event'];

/**
 * Makes fields fit for a line: plain JSON, without the values of secret-like names, with errors as `message`,
 * `stack`, `code` and `cause`, and with bytes only as their number. Never throws.
 */
export function safeFields(fields: LogFields): Readonly<Record<string, unknown>> {
  try {
    const safe = safeMembers(fields, 0);
    return Object.fromEntries(
      Object.entries(safe).map(([name, value]) => [OWN.includes(name) ? `${name}_` : name, value]),
    );
  } catch (error) {
    return { unloggable: String(error) };
  }
}

function safeMembers(members: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || typeof value === 'function') continue;
    safe[name] = SECRET.test(name) ? REDACTED : safeValue(value, depth);
  }
  return safe;
}

function safeValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string')
    return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
  if (typeof value === 'bigint' || typeof value === 'symbol') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[deeper]';
  if (value instanceof Error) return safeError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value))
    return value.slice(0, MOST_ITEMS).map((item: unknown) => safeValue(item, depth + 1));
  return safeMembers(value, depth + 1);
}

function safeError(error: Error, depth: number): Record<string, unknown> {
  const code =
    'code' in error && ['string', 'number'].includes(typeof error.code) ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: safeValue(error.cause, depth + 1) };
  const errors = error instanceof AggregateError ? { errors: safeValue(error.errors, depth + 1) } : {};
  return {
    message: safeValue(error.message, depth),
    stack: safeValue(error.stack ?? '', depth),
    ...code,
    ...cause,
    ...errors,
  };
}
