/** How often what happened, for the summary. */
export interface Counts {
  add(what: string, count?: number): void;
  of(what: string): number;
  /** Sorted by name. */
  all(): readonly (readonly [what: string, count: number])[];
}

/** Counts that begin at nothing. */
export function createCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    add: (what, count = 1) => void counts.set(what, (counts.get(what) ?? 0) + count),
    of: (what) => counts.get(what) ?? 0,
    all: () => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}
