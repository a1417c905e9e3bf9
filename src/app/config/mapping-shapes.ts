import { nearest } from './nearest.ts';
import { describe, type Read, type Reading, type Shape, shorten } from './shape.ts';
import { emptyMapping, type WrittenMapping } from './written.ts';

/** The fields of a mapping, by key. */
export type Fields = Readonly<Record<string, Shape<unknown>>>;

/** What a mapping with such fields is read as. */
export type Values<F extends Fields> = { readonly [K in keyof F]: F[K] extends Shape<infer T> ? T : never };

/** A mapping with exactly these keys, each as its shape asks. */
export function section<F extends Fields>(fields: F): Shape<Values<F>> {
  const mayBeAbsent = Object.values(fields).every((field) => field.absent !== null);
  return {
    absent: mayBeAbsent ? emptyMapping('default') : null,
    fields,
    isList: false,
    read(written, path, reading) {
      const mapping = written.kind === 'nothing' ? emptyMapping(written.place) : written;
      if (mapping.kind !== 'mapping') {
        reading.fault(
          mapping.place,
          `${path} ${describe(mapping)}; expected the keys ${Object.keys(fields).join(', ')}`,
        );
        return null;
      }
      reportUnknownKeys(mapping, path, fields, reading);
      return readFields(mapping, path, fields, reading);
    },
  };
}

/** A mapping whose fields depend on the word at `key`. */
export function variants<V extends Readonly<Record<string, Shape<unknown>>>>(
  key: string,
  shapes: V,
): Shape<{ [K in keyof V]: V[K] extends Shape<infer T> ? T : never }[keyof V]> {
  type Value = { [K in keyof V]: V[K] extends Shape<infer T> ? T : never }[keyof V];
  const kinds = Object.keys(shapes);
  return {
    absent: null,
    fields: {},
    isList: false,
    read(written, path, reading) {
      const named = written.kind === 'mapping' ? written.entries.get(key)?.value : undefined;
      const shape =
        named?.kind === 'scalar' && Object.hasOwn(shapes, named.text) ? shapes[named.text] : undefined;
      if (shape !== undefined) return shape.read(written, path, reading) as Read<Value>;
      const expected = `one of ${kinds.join(', ')}`;
      if (written.kind !== 'mapping') {
        reading.fault(
          written.place,
          `${path} ${describe(written)}; expected a mapping with ${key}: ${expected}`,
        );
      } else if (named === undefined) {
        reading.fault(written.place, `${path}.${key} is missing; expected ${expected}`);
      } else {
        reading.fault(named.place, `${path}.${key} ${describe(named)}; expected ${expected}`);
      }
      return null;
    },
  };
}

/** A scalar, or else a mapping. Left out, it means what the mapping means. */
export function either<A, B>(single: Shape<A>, mapping: Shape<B>, form: string): Shape<A | B> {
  return {
    absent: single.absent ?? mapping.absent,
    fields: mapping.fields,
    isList: false,
    read(written, path, reading) {
      if (written.kind === 'scalar') return single.read(written, path, reading);
      if (written.kind === 'mapping') return mapping.read(written, path, reading);
      reading.fault(written.place, `${path} ${describe(written)}; expected ${form}`);
      return null;
    },
  };
}

/** Every path of keys below a shape, sections included: `scan`, `scan.clamd`. */
export function keyPaths(fields: Fields, above = ''): string[] {
  return Object.entries(fields).flatMap(([key, shape]) => [
    above + key,
    ...keyPaths(shape.fields, `${above}${key}.`),
  ]);
}

function readFields<F extends Fields>(
  mapping: WrittenMapping,
  path: string,
  fields: F,
  reading: Reading,
): Read<Values<F>> {
  const values: Record<string, unknown> = {};
  let complete = true;
  for (const [key, shape] of Object.entries(fields)) {
    const written = mapping.entries.get(key)?.value ?? shape.absent;
    if (written === null) {
      reading.fault(mapping.place, `${below(path, key)} is missing`);
      complete = false;
      continue;
    }
    const read = shape.read(written, below(path, key), reading);
    if (read === null) complete = false;
    else values[key] = read.value;
  }
  return complete ? { value: values as Values<F> } : null;
}

function reportUnknownKeys(mapping: WrittenMapping, path: string, fields: Fields, reading: Reading): void {
  const known = Object.keys(fields);
  for (const [key, { keyPlace }] of mapping.entries) {
    if (Object.hasOwn(fields, key)) continue;
    const meant = nearest(key, known) ?? reading.allKeys.find((other) => other.endsWith(`.${key}`));
    const where = path === '' ? '' : ` in ${path}`;
    const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean "${meant}"?`;
    reading.fault(keyPlace, `unknown key "${shorten(key)}"${where}; ${hint}`);
  }
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
