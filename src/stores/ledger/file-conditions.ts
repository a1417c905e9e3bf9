import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { FileReason } from '../../core/custody/file.ts';
import { UNSEALED_REASONS } from '../../core/custody/outbound/unsealed.ts';
import { ARRIVAL_STATES, type FileState, UNLISTED_STATES } from '../../core/custody/states.ts';

/**
 * Conditions on `files` that partial indexes are made for. A query finds its index only by the very words of the
 * index's condition, so every query takes them from here; unqualified, they mean the innermost `files`.
 */

/** The published name is the file's: index `files_arrival`. */
export const HAS_ARRIVAL: RawBuilder<SqlBool> = sql<SqlBool>`state in ${list(ARRIVAL_STATES)}`;

/**
 * The same, for what looks for files by their published folder: index `files_published`. Its last part always holds,
 * and says which index is meant.
 */
export const IS_IN_A_FOLDER: RawBuilder<SqlBool> = sql<SqlBool>`${HAS_ARRIVAL} and id <> ''`;

/** Shown under its path in its drop, whatever its age: index `files_listed`. */
export const IS_LISTED: RawBuilder<SqlBool> = sql<SqlBool>`state not in ${list(UNLISTED_STATES)}`;

/** Between the last byte and its publication: index `files_checking`. */
export const IS_CHECKED: RawBuilder<SqlBool> = sql<SqlBool>`state in ${list(['received', 'sealed', 'inspecting', 'admitting', 'releasing'])}`;

/** Has a name that is needed no more: index `files_clearing`. */
export const IS_TO_BE_CLEARED: RawBuilder<SqlBool> = sql<SqlBool>`((state = 'removed' and zone <> 'gone') or (zone = 'airlock' and (state in ${list(['arrived', 'released', 'quarantined'])} or (state = 'abandoned' and reason in ${list(['same-bytes', ...UNSEALED_REASONS])}))))`;

/** Its bytes are in our custody; `counters` counts these. */
export const HAS_BYTES: RawBuilder<SqlBool> = sql<SqlBool>`zone not in ('gone', 'share')`;

/** Is destroyed when its time is over: index `files_due`. */
export const IS_KEPT_FOR_A_TIME: RawBuilder<SqlBool> = sql<SqlBool>`state in ${list(['arrived', 'held', 'quarantined', 'abandoned', 'released', 'revoked'])} and ${HAS_BYTES}`;

/** Its holder is warned before its time is over: index `files_warning`. */
export const IS_WARNED_OF: RawBuilder<SqlBool> = sql<SqlBool>`(state = 'arrived' or (state = 'released' and collected_at is null))`;

/** Nobody has said that it is complete: index `files_unfinished`. */
export const IS_UNFINISHED: RawBuilder<SqlBool> = sql<SqlBool>`(state = 'receiving' or (state = 'received' and settles_at is null))`;

/** Has reserved a path in a share: index `files_moving`. */
export const IS_MOVING: RawBuilder<SqlBool> = sql<SqlBool>`state = 'moving'`;

/** Is read again in its turn: index `files_scrub`. */
export const IS_SCRUBBED: RawBuilder<SqlBool> = sql<SqlBool>`sha256 is not null and ((state = 'arrived' and zone = 'arrivals') or (state in ('released', 'revoked') and zone = 'outbound') or (state = 'held' and zone in ('airlock', 'arrivals', 'outbound')) or (state in ('inspecting', 'abandoned') and zone = 'airlock') or (state = 'quarantined' and zone = 'quarantine') or (state = 'shared' and zone = 'share')) and (reason is null or reason not in ${list(['bytes-differ', 'bytes-missing', 'changed-since', 'gone-since'])})`;

/** Has other bytes than those of its digest: index `files_damaged`. */
export const IS_DAMAGED: RawBuilder<SqlBool> = sql<SqlBool>`damaged_at is not null and state in ${list(['held', 'quarantined', 'shared', 'abandoned', 'revoked'])}`;

/** Was read once: index `files_digest`. */
export const HAS_DIGEST: RawBuilder<SqlBool> = sql<SqlBool>`sha256 is not null`;

/** Is on its way out: indexes `files_leaving` and `files_leaving_owner`. */
export const LEAVES: RawBuilder<SqlBool> = sql<SqlBool>`leaves_by <> ''`;

/** Comes in. */
export const COMES: RawBuilder<SqlBool> = sql<SqlBool>`leaves_by = ''`;

/** Where a file that came in stays for a while, or for ever. */
export const RESTING_STATES = [
  'arrived',
  'held',
  'quarantined',
  'shared',
  'removed',
  'revoked',
  'destroying',
  'destroyed',
] as const satisfies readonly FileState[];

const RESTS = sql`leaves_by = '' and state in ${list(RESTING_STATES)}`;

/** Came in and rests, for what goes along an order: indexes `files_own_newest`, `_size` and `_expires`. */
export const IS_SORTED: RawBuilder<SqlBool> = sql<SqlBool>`${RESTS} and owner > ''`;

/** The same, for what goes along names, or looks for some: index `files_own_name`. */
export const IS_FOUND: RawBuilder<SqlBool> = sql<SqlBool>`${RESTS} and owner <> ''`;

/** Always holds: says that the query looks for states by index `files_state`. */
export const BY_STATE: RawBuilder<SqlBool> = sql<SqlBool>`id > ''`;

function list(words: readonly (FileState | FileReason)[]): RawBuilder<unknown> {
  return sql`(${sql.join(words.map((word) => sql.lit(word)))})`;
}
