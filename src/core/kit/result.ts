/**
 * The outcome of a use case: a value, or an expected refusal as data.
 *
 * Expected refusals (a name is taken, a right is missing) are values of a literal union, so each door must
 * answer every one of them to compile. Anything unexpected throws an `Error` with `cause`.
 */
export type Result<T, R extends string> = Accepted<T> | Refused<R>;

/** The use case did what was asked. */
export interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

/** The use case declined. `detail` is a sentence fragment for people and logs; it never holds a secret. */
export interface Refused<R extends string> {
  readonly ok: false;
  readonly refusal: R;
  readonly detail?: string;
}

/** Wraps a value as an accepted result. */
export function accept<T>(value: T): Accepted<T> {
  return { ok: true, value };
}

/** Builds a refusal; give `detail` when the refusal alone does not tell a person what was wrong. */
export function refuse<R extends string>(refusal: R, detail?: string): Refused<R> {
  return detail === undefined ? { ok: false, refusal } : { ok: false, refusal, detail };
}
