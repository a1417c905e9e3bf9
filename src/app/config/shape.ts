import type { Written } from './written.ts';

/** What a reading of a configuration needs, and where it puts the faults it finds. */
export interface Reading {
  /** Relative paths start here: the folder of the configuration file. */
  readonly base: string;
  /** Every path of keys there is, such as `scan.clamd`; for suggestions. */
  readonly allKeys: readonly string[];
  fault(place: string, message: string): void;
}

/** A value that was read; null instead of it means that faults were reported. */
export type Read<T> = { readonly value: T } | null;

/** What may stand at a key: how it is read, and which keys may stand below it. */
export interface Shape<T> {
  /** `path` names the key in messages. */
  read(written: Written, path: string, reading: Reading): Read<T>;
  /** What a key that was left out means, as it would be written; null when it may not be left out. */
  readonly absent: Written | null;
  /** The keys below, for mappings; a list of mappings has none that the environment could name. */
  readonly fields: Readonly<Record<string, Shape<unknown>>>;
  /** True when several values may stand here. */
  readonly isList: boolean;
}

/** What stands somewhere, for the middle of a sentence: `is "soon"`, `is a list`. */
export function describe(written: Written): string {
  switch (written.kind) {
    case 'nothing':
      return 'has no value';
    case 'scalar':
      return `is ${shownSafely(written.text)}`;
    case 'list':
      return 'is a list';
    case 'mapping':
      return 'is a mapping';
  }
}

/** An address with a user in it may hold a password: it is not repeated. */
function shownSafely(text: string): string {
  return text.includes('@') ? 'not understood' : `"${shorten(text)}"`;
}

/** A text from somebody else, short enough for a message. */
export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
