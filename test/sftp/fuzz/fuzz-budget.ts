import { randomInt } from 'node:crypto';
import fc from 'fast-check';

/** How long one property is tried, in seconds: `scripts/fuzz --minutes N` asks for more than the tests do. */
const SECONDS = Number(process.env['HAVENGATE_FUZZ_SECONDS'] ?? '');

/** What is tried first; another one each time, unless `scripts/fuzz --seed S` names it. */
const SEED = Number(process.env['HAVENGATE_FUZZ_SEED'] ?? Number.NaN);

/** The time limit of a test that fuzzes, with time to shrink what it finds. */
export const FUZZ_TIMEOUT = (Number.isFinite(SECONDS) ? SECONDS * 1000 : 0) + 120_000;

/**
 * The parameters of a property that is tried for some seconds. Says the seed; what fails is printed by fast-check, with
 * the seed and the path that lead to it again.
 */
export function forSeconds<T>(what: string, seconds: number): fc.Parameters<T> {
  const seed = Number.isInteger(SEED) ? SEED : randomInt(2 ** 31);
  const time = SECONDS > 0 ? SECONDS : seconds;
  console.info(`fuzzing ${what} for ${time} s: scripts/fuzz --seed ${seed}`);
  return {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: time * 1000,
    markInterruptAsFailure: false,
  };
}

/** Bytes of any value. */
export function anyBytes(maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
}
