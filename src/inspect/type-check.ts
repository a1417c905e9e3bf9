import type { FileName } from '../core/custody/names.ts';
import type { TypeReading } from './content-type.ts';
import { expectationOf } from './expected-types.ts';

/** What the type check says of a file: at most a finding, which never holds or quarantines. */
export interface TypeFinding {
  readonly outcome: 'pass' | 'finding';
  readonly detail: string | null;
  /** The media type of the content; null when it shows none, as plain text does. */
  readonly contentType: string | null;
}

/** Compares what a file's content looks like with what its name promises. An empty file promises nothing. */
export function checkType(name: FileName, size: number, reading: TypeReading): TypeFinding {
  if (!reading.known) {
    return { outcome: 'finding', detail: `the content type is not known: ${reading.why}`, contentType: null };
  }
  const { type } = reading;
  const contentType = type?.mime ?? null;
  const extension = extensionOf(name);
  const expected = expectationOf(extension);
  const finding = (detail: string): TypeFinding => ({ outcome: 'finding', detail, contentType });
  if (size > 0 && expected !== null) {
    if (type !== null && !expected.accepts(type)) {
      return finding(`named .${extension}, content looks like ${type.mime}`);
    }
    if (type === null && expected.marked) {
      return finding(`named .${extension}, content looks like nothing that is called so`);
    }
  }
  return { outcome: 'pass', detail: contentType, contentType };
}

/** What follows the last dot; empty without one, and for names that only begin with it. */
function extensionOf(name: FileName): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1) : '';
}
