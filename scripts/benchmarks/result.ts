/** What a row is held against. `of` names the quantity: a ratio to the peer, or the value itself. */
interface Aim {
  readonly of: 'ratio' | 'value';
  readonly bound: 'at-least' | 'at-most';
  readonly limit: number;
}

/** What is measured, and against what. */
export interface Subject {
  readonly name: string;
  readonly work: string;
  /** Null when the aim is a plain value. */
  readonly peer: string | null;
  readonly unit: string;
  readonly aim: Aim;
}

/** One row of the table: every counted run of both sides, in their order. */
export interface Result extends Subject {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** The ratio of the medians, or our median: what the aim is about. */
  readonly reached: number;
  readonly meetsAim: boolean;
  readonly notes: readonly string[];
}

/** Judges what was measured. */
export function resultOf(
  subject: Subject,
  ours: readonly number[],
  theirs: readonly number[],
  notes: readonly string[] = [],
): Result {
  const { of, bound, limit } = subject.aim;
  const reached = of === 'ratio' ? median(ours) / median(theirs) : median(ours);
  const meetsAim = bound === 'at-least' ? reached >= limit : reached <= limit;
  return { ...subject, ours, theirs, reached, meetsAim, notes };
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}
