import type { Clock, Millis } from '../../kit/clock.ts';
import type { Result } from '../../kit/result.ts';

/** How long an answer holds: a right that is taken away ends an open handle after that at the latest. */
const ANSWER_HOLDS: Millis = 200;

/** Asks whether what is open may still be used. It must not change anything. */
export type Check<R extends string> = () => Promise<Result<void, R>>;

/**
 * Asks a check before the first use, and again once its last yes is older than `ANSWER_HOLDS`. Uses that come while
 * it is being asked wait for that one answer. A refusal is never kept: the next use asks anew.
 */
export function holdAnswers<R extends string>(check: Check<R>, clock: Pick<Clock, 'monotonic'>): Check<R> {
  let asked: Promise<Result<void, R>> | null = null;
  let good: { readonly answer: Result<void, R>; readonly at: Millis } | null = null;

  async function ask(): Promise<Result<void, R>> {
    // The time before the question: the answer may be as old as that.
    const at = clock.monotonic();
    try {
      const answer = await check();
      good = answer.ok ? { answer, at } : null;
      return answer;
    } finally {
      asked = null;
    }
  }

  return async () => {
    if (good !== null && clock.monotonic() - good.at <= ANSWER_HOLDS) return good.answer;
    asked ??= ask();
    return asked;
  };
}
