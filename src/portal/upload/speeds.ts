/** A speed is the mean of so many milliseconds, and is not known before some of them are over. */
const WINDOW = 10_000;
const LEAST = 500;

interface Mark {
  readonly at: number;
  readonly sent: number;
}

const marks = new Map<string, readonly Mark[]>();

/** Notes how much of an upload was sent by now. */
export function noteSent(id: string, sent: number): void {
  const at = performance.now();
  const kept = (marks.get(id) ?? []).filter((mark) => at - mark.at < WINDOW);
  marks.set(id, [...kept, { at, sent }]);
}

/** Forgets what was noted: what comes after a break has nothing to do with what was before. */
export function forgetSent(id: string): void {
  marks.delete(id);
}

/** How fast an upload is now, in bytes per second; null when that is not known. */
export function speedOf(id: string): number | null {
  const noted = marks.get(id) ?? [];
  const [first, last] = [noted[0], noted.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < LEAST) return null;
  return ((last.sent - first.sent) / (last.at - first.at)) * 1000;
}
