import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { ARRIVAL_STATES, type FileState, UNLISTED_STATES } from '../../core/custody/states.ts';

/**
 * Conditions on `files` that partial indexes are made for. A query finds its index only by the very words of the
 * index's condition, so every query takes them from here; unqualified, they mean the innermost `files`.
 */

/** The name in Arrivals is the file's: index `files_arrival`. */
export const HAS_ARRIVAL: RawBuilder<SqlBool> = sql<SqlBool>`state in ${list(ARRIVAL_STATES)}`;

/** Shown under its outside path, whatever its age: index `files_listed`. */
export const IS_LISTED: RawBuilder<SqlBool> = sql<SqlBool>`state not in ${list(UNLISTED_STATES)}`;

/** Between the last byte and the arrival: index `files_checking`. */
export const IS_CHECKED: RawBuilder<SqlBool> = sql<SqlBool>`state in ${list(['received', 'inspecting', 'admitting'])}`;

/** Has a name that is needed no more: index `files_clearing`. */
export const IS_TO_BE_CLEARED: RawBuilder<SqlBool> = sql<SqlBool>`((state = 'removed' and zone <> 'gone') or (zone = 'airlock' and (state in ${list(['arrived', 'quarantined'])} or (state = 'abandoned' and reason = 'same-bytes'))))`;

/** Is destroyed when its time is over: index `files_due`. */
export const IS_KEPT_FOR_A_TIME: RawBuilder<SqlBool> = sql<SqlBool>`state in ${list(['arrived', 'held', 'quarantined', 'abandoned'])} and zone <> 'gone'`;

/** Its holder is warned before its time is over: index `files_warning`. */
export const IS_WARNED_OF: RawBuilder<SqlBool> = sql<SqlBool>`state = 'arrived'`;

/** Nobody has said that it is complete: index `files_unfinished`. */
export const IS_UNFINISHED: RawBuilder<SqlBool> = sql<SqlBool>`(state = 'receiving' or (state = 'received' and settles_at is null))`;

/** Always holds: says that the query looks for states by index `files_state`. */
export const BY_STATE: RawBuilder<SqlBool> = sql<SqlBool>`id > ''`;

function list(states: readonly FileState[]): RawBuilder<unknown> {
  return sql`(${sql.join(states.map((state) => sql.lit(state)))})`;
}
