import { describe, type Reading, type Shape } from './shape.ts';
import type { Written } from './written.ts';

/** A scalar that `parse` understands; `form` tells people what is expected. */
export function scalar<T>(form: string, parse: (text: string, reading: Reading) => T | null): Shape<T> {
  return {
    absent: null,
    fields: {},
    isList: false,
    read(written, path, reading) {
      const value = written.kind === 'scalar' ? parse(written.text, reading) : null;
      if (value !== null) return { value };
      reading.fault(written.place, `${path} ${describe(written)}; expected ${form}`);
      return null;
    },
  };
}

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  const form = words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`;
  return scalar(form, (text) => words.find((known) => known === text) ?? null);
}

/** A shape that may be left out; `text` is what that means, as it would be written. */
export function optional<T>(shape: Shape<T>, text: string): Shape<T> {
  return { ...shape, absent: { kind: 'scalar', place: 'default', text } };
}

/** A shape that may be left out, or be null. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return {
    ...shape,
    absent: { kind: 'nothing', place: 'default' },
    read: (written, path, reading) =>
      written.kind === 'nothing' ? { value: null } : shape.read(written, path, reading),
  };
}

/** A shape whose value becomes another one. */
export function mapped<T, U>(shape: Shape<T>, change: (value: T, reading: Reading) => U): Shape<U> {
  return {
    ...shape,
    read(written, path, reading) {
      const read = shape.read(written, path, reading);
      return read === null ? null : { value: change(read.value, reading) };
    },
  };
}

/** A shape with one more rule; `rule` returns what is wrong, or null. */
export function ruled<T>(shape: Shape<T>, rule: (value: T) => string | null): Shape<T> {
  return {
    ...shape,
    read(written, path, reading) {
      const read = shape.read(written, path, reading);
      const wrong = read === null ? null : rule(read.value);
      if (wrong === null) return read;
      reading.fault(written.place, `${path}: ${wrong}`);
      return null;
    },
  };
}

/** A list of values of one shape. `text` is the default, its values separated by commas; null for none. */
export function list<T>(item: Shape<T>, form: string, text: string | null = null): Shape<readonly T[]> {
  const split = (written: string, place: string): Written => ({
    kind: 'list',
    place,
    items: written.split(',').map((part) => ({ kind: 'scalar', place, text: part.trim() })),
  });
  return {
    absent: text === null ? null : split(text, 'default'),
    fields: {},
    isList: true,
    read(written, path, reading) {
      if (written.kind !== 'list') {
        reading.fault(written.place, `${path} ${describe(written)}; expected ${form}`);
        return null;
      }
      const read = written.items.map((one, i) => item.read(one, `${path}[${i}]`, reading));
      const values = read.filter((one) => one !== null).map((one) => one.value);
      return values.length === read.length ? { value: values } : null;
    },
  };
}
