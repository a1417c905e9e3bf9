import { readFile } from 'node:fs/promises';
import { median } from './result.ts';

/** The name of the variable by which the probe in the daemon is told where its lines go. */
export const LOOP_FILE = 'BENCH_LOOP_FILE';

/** The length of one window. */
export const WINDOW_MS = 5000;

/** Delays of an event loop in milliseconds. */
interface Delay {
  readonly p99: number;
  readonly max: number;
}

/** What the probe writes at the end of a window: the delays since the run began, and of this window. */
export interface LoopLine {
  readonly whole: Delay;
  readonly window: Delay;
}

/** What the probe saw of a whole run. */
export interface LoopFigures {
  readonly whole: Delay;
  /** The 99th percentile of the window in the middle, and of the worst one. */
  readonly typicalWindow: number;
  readonly worstWindow: number;
}

/** Reads what the probe has written. Throws when not one window is over. */
export async function readLoopFigures(file: string): Promise<LoopFigures> {
  const text = await readFile(file, 'utf8');
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LoopLine);
  const last = lines.at(-1);
  if (last === undefined) throw new Error('the daemon told nothing of its event loop');
  const windows = lines.map(({ window }) => window.p99);
  return { whole: last.whole, typicalWindow: median(windows), worstWindow: Math.max(...windows) };
}
