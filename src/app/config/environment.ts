import { nearest } from './nearest.ts';
import { CONFIG_KEYS, CONFIG_SHAPE } from './schema.ts';
import type { Shape } from './shape.ts';
import { emptyMapping, readYaml, type Written, type WrittenMapping } from './written.ts';

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'HAVENGATE_';

/** Names that are not keys of the configuration: which file it is, and what tests use. */
const CONFIG_FILE = 'HAVENGATE_CONFIG';
const TESTS_ONLY = 'HAVENGATE_TEST_';

/** `HAVENGATE_LOG=debug` is short for `HAVENGATE_LOG_LEVEL=debug`. */
const SHORT_NAMES: Readonly<Record<string, string>> = { HAVENGATE_LOG: 'log.level' };

const KEY_OF: ReadonlyMap<string, string> = new Map([
  ...CONFIG_KEYS.map((key) => [variableOf(key), key] as const),
  ...Object.entries(SHORT_NAMES),
]);

/** The environment variable of a key: `retention.arrivals` is HAVENGATE_RETENTION_ARRIVALS. */
function variableOf(key: string): string {
  return PREFIX + key.replaceAll('.', '_').toUpperCase();
}

/**
 * Lays the variables of the environment over what the file says. A variable wins over the file, and one for a key
 * deeper down wins over one for its section. Empty variables count as not set. A section or list may be given in
 * YAML's flow form (`{ … }`, `[ … ]`), a list of words also separated by commas. `fault` hears of unknown names.
 */
export function overlayEnvironment(
  written: Written,
  environment: Environment,
  fault: (place: string, message: string) => void,
): Written {
  const given = Object.entries(environment)
    .filter(([name, value]) => isKey(name) && value !== undefined && value !== '')
    .map(([name, value]) => ({ name, key: KEY_OF.get(name), value: value ?? '' }))
    .sort((a, b) => depth(a.key) - depth(b.key));
  let result = written;
  for (const { name, key, value } of given) {
    if (key === undefined) fault(name, unknownVariable(name));
    else result = place(result, key.split('.'), readVariable(name, key, value, fault));
  }
  return result;
}

function isKey(name: string): boolean {
  return name.startsWith(PREFIX) && name !== CONFIG_FILE && !name.startsWith(TESTS_ONLY);
}

function depth(key = ''): number {
  return key.split('.').length;
}

function unknownVariable(name: string): string {
  const meant = nearest(name, [...KEY_OF.keys(), CONFIG_FILE]);
  return `no key of the configuration has this name${meant === null ? '' : `; did you mean ${meant}?`}`;
}

function readVariable(
  name: string,
  key: string,
  value: string,
  fault: (place: string, message: string) => void,
): Written {
  if (/^\s*[[{]/.test(value)) {
    const { written, faults } = readYaml(value, () => name);
    for (const { message } of faults) fault(name, message);
    return written;
  }
  if (value === 'null') return { kind: 'nothing', place: name };
  const scalar = (text: string): Written => ({ kind: 'scalar', place: name, text: text.trim() });
  return shapeOf(key).isList
    ? { kind: 'list', place: name, items: value.split(',').map(scalar) }
    : scalar(value);
}

function shapeOf(key: string): Shape<unknown> {
  let shape: Shape<unknown> = CONFIG_SHAPE;
  for (const part of key.split('.')) shape = shape.fields[part] ?? shape;
  return shape;
}

/** Puts a value at a path; what stands in its way and is no mapping (`scan: off`) gives way. */
function place(written: Written, [key = '', ...rest]: readonly string[], value: Written): WrittenMapping {
  const mapping = written.kind === 'mapping' ? written : emptyMapping(value.place);
  const before = mapping.entries.get(key);
  const after = rest.length === 0 ? value : place(before?.value ?? emptyMapping(value.place), rest, value);
  const entries = new Map(mapping.entries);
  entries.set(key, { keyPlace: before?.keyPlace ?? value.place, value: after });
  return { ...mapping, entries };
}
