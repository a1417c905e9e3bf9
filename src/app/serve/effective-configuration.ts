import { canonicalJson, type Json, type JsonObject } from '../../core/kit/canonical-json.ts';
import type { Config } from '../config/config.ts';

/** What stands for a secret that somebody has put into an address. */
const HIDDEN = '(hidden)';

/**
 * The configuration that the daemon runs on, each value by its key: `retention.arrivals`. Whatever it came from, the
 * file, the environment or a default, is not told; secrets are not in it.
 */
export function effectiveConfiguration(config: Config): JsonObject {
  const flat: Record<string, Json> = {};
  const { file: _, ...rest } = config;
  flatten('', rest, flat);
  return flat;
}

function flatten(path: string, value: unknown, into: Record<string, Json>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, member] of Object.entries(value))
      flatten(path === '' ? key : `${path}.${key}`, member, into);
    return;
  }
  const isSecret = path.endsWith('.password') && value !== null;
  // The configuration is read from text: it holds nothing but what JSON can say.
  into[path] = isSecret ? HIDDEN : (value as Json);
}

/** A changed key, with the values that it had before and has now; null for none. Long ones are cut. */
export interface ConfigurationChange {
  readonly key: string;
  readonly from: string | null;
  readonly to: string | null;
}

const MOST_CHANGES = 50;
const LONGEST_VALUE = 200;

/** What differs between two configurations, by key: at most 50 keys, and how many in all. */
export function configurationChanges(
  before: JsonObject,
  after: JsonObject,
): { readonly count: number; readonly changes: readonly ConfigurationChange[] } {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changed = keys
    .map((key) => ({ key, from: shown(before[key]), to: shown(after[key]) }))
    .filter(({ from, to }) => from !== to);
  const changes = changed
    .slice(0, MOST_CHANGES)
    .map(({ key, from, to }) => ({ key, from: shorten(from), to: shorten(to) }));
  return { count: changed.length, changes };
}

function shown(value: Json | undefined): string | null {
  return value === undefined ? null : canonicalJson(value);
}

function shorten(text: string | null): string | null {
  if (text === null || text.length <= LONGEST_VALUE) return text;
  return `${text.slice(0, LONGEST_VALUE).toWellFormed()}…`;
}
