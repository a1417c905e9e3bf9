/** A point in time: UTC, integer milliseconds since 1970. What the ledger stores. */
export type Instant = number;

/** A length of time in milliseconds. */
export type Millis = number;

/** Where time comes from. Time that counts is the server's, never one that a client sends. */
export interface Clock {
  /** The wall clock now. */
  now(): Instant;
  /** Milliseconds of a clock that never jumps; only differences mean something. */
  monotonic(): Millis;
}

export const SECOND: Millis = 1000;
export const MINUTE: Millis = 60 * SECOND;
export const HOUR: Millis = 60 * MINUTE;
export const DAY: Millis = 24 * HOUR;

/** ISO 8601 in UTC with a Z, as every interface outside the ledger shows time. */
export function isoTime(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** The same for a time that may not have come. */
export function isoTimeOrNull(instant: Instant | null): string | null {
  return instant === null ? null : isoTime(instant);
}
