import { FormatFault, type FormatParser } from './format-parser.ts';

/** What a parser wants next of the bytes. */
type Step =
  | { readonly kind: 'take'; readonly bytes: number; readonly mayEnd: boolean }
  | { readonly kind: 'pass'; readonly bytes: number; readonly visit: Visit | null };

/** Sees bytes that go by; they may change once it has returned. */
type Visit = (part: Buffer) => void;

/** Steps through a format; `take`, `takeUnlessEnd`, `pass` and `passRest` are its steps. */
export type Steps<T = void> = Generator<Step, T, Buffer | null>;

/** Where a parser is. */
export interface Cursor {
  /** How many bytes lie before the next step. */
  at: number;
}

/** More than this is never asked for at once, so that no length in the bytes decides about our memory. */
const MOST_TAKEN = 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** The next `bytes` bytes, which hold until the next step. The file has to have them. */
export function* take(bytes: number): Steps<Buffer> {
  const taken = yield { kind: 'take', bytes: checked(bytes), mayEnd: false };
  return taken ?? NOTHING;
}

/** The same; null when the file ends before the first of them. */
export function* takeUnlessEnd(bytes: number): Steps<Buffer | null> {
  return yield { kind: 'take', bytes: checked(bytes), mayEnd: true };
}

/** Lets `bytes` bytes go by. */
export function* pass(bytes: number, visit: Visit | null = null): Steps {
  yield { kind: 'pass', bytes, visit };
}

/** Lets all bytes go by to the end of the file. */
export function* passRest(visit: Visit | null = null): Steps {
  yield { kind: 'pass', bytes: Number.POSITIVE_INFINITY, visit };
}

function checked(bytes: number): number {
  if (bytes > MOST_TAKEN)
    throw new FormatFault(`a part claims to have ${bytes} bytes, which is not plausible`);
  return bytes;
}

/** A parser that goes by steps. The file has to end where they end; faults say at which byte they are. */
export function stepParser(begin: (cursor: Cursor) => Steps): FormatParser {
  const cursor: Cursor = { at: 0 };
  const steps = begin(cursor);
  let state = steps.next();
  let kept: Buffer = NOTHING;
  let passed = 0;

  function next(taken: Buffer | null): void {
    const from = cursor.at;
    cursor.at += taken?.byteLength ?? 0;
    try {
      state = steps.next(taken);
    } catch (error) {
      if (error instanceof FormatFault && !error.isPlaced)
        throw new FormatFault(`${error.message} (at byte ${from})`, true);
      throw error;
    }
  }

  function passSome(step: Extract<Step, { kind: 'pass' }>, bytes: Buffer): Buffer {
    const part = bytes.subarray(0, step.bytes - passed);
    step.visit?.(part);
    passed += part.byteLength;
    cursor.at += part.byteLength;
    if (passed === step.bytes) {
      passed = 0;
      next(NOTHING);
    }
    return bytes.subarray(part.byteLength);
  }

  function takeSome(step: Extract<Step, { kind: 'take' }>, bytes: Buffer): Buffer {
    const part = bytes.subarray(0, step.bytes - kept.byteLength);
    const whole = kept.byteLength === 0 ? part : Buffer.concat([kept, part]);
    kept = NOTHING;
    if (whole.byteLength === step.bytes) next(whole);
    else kept = Buffer.from(whole);
    return bytes.subarray(part.byteLength);
  }

  return {
    feed(bytes) {
      let rest = bytes;
      // A step of no bytes goes on without any.
      while (!state.done && (rest.byteLength > 0 || state.value.bytes === 0)) {
        rest = state.value.kind === 'pass' ? passSome(state.value, rest) : takeSome(state.value, rest);
      }
      if (rest.byteLength > 0)
        throw new FormatFault(`there are more bytes behind its end (at byte ${cursor.at})`, true);
    },
    end() {
      if (state.done) return;
      const step = state.value;
      const mayEnd = step.kind === 'take' ? step.mayEnd && kept.byteLength === 0 : step.bytes === Infinity;
      if (mayEnd) next(step.kind === 'take' ? null : NOTHING);
      if (!state.done)
        throw new FormatFault(
          `it ends too early: it is cut short at byte ${cursor.at + kept.byteLength}`,
          true,
        );
    },
  };
}
