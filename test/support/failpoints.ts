import { FAILPOINTS, type Failpoint } from '../../src/core/kit/failpoint.ts';

/** What comes before the dot: the part of a file's way that has the failpoint. */
type Step = Failpoint extends `${infer S}.${string}` ? S : never;

/**
 * The failpoints of these steps, in their order. Crash tests take them from here, by literals, so that a new one is
 * killed at without anybody thinking of it; `test/failpoints.test.ts` finds a step that none of them takes.
 */
export function failpointsOf(...steps: readonly Step[]): readonly Failpoint[] {
  return FAILPOINTS.filter((point) => steps.some((step) => point.startsWith(`${step}.`)));
}
