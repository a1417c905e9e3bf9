import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { type Result, resultOf, type Subject } from './result.ts';

/** One side of a comparison. */
export interface Side {
  /** One run; resolves with what was measured, in the row's unit. `run` makes names unique. */
  run(run: number): Promise<number>;
  /** After each run, uncounted: frees the room, and waits for work that the run left behind. */
  settle?(): Promise<void>;
}

/** The machine counts as quiet when this share of its CPU time is idle. */
const QUIET = 0.9;
const LOOK_MS = 250;

/**
 * Measures us and the peer in turn, A B A B, after one uncounted run of each. Before every run it waits, for a
 * while, until nothing else keeps the machine busy; runs that began on a busy one are told in a note.
 */
export async function measureInTurn(
  bench: Bench,
  subject: Subject,
  ours: Side,
  theirs: Side,
  notes: readonly string[] = [],
): Promise<Result> {
  const [our, their]: [number[], number[]] = [[], []];
  let busy = 0;
  for (let run = 0; run <= bench.options.runs; run++) {
    for (const [side, values] of [
      [ours, our],
      [theirs, their],
    ] as const) {
      bench.signal.throwIfAborted();
      const quiet = await waitUntilQuiet(bench);
      const value = await side.run(run);
      await side.settle?.();
      bench.say(
        `${subject.name}: ${side === ours ? 'ours' : 'peer'} ${value.toPrecision(4)} ${subject.unit}`,
      );
      if (run === 0) continue;
      values.push(value);
      if (!quiet) busy++;
    }
  }
  const counted = 2 * bench.options.runs;
  const busyNote =
    busy > 0 ? [`${busy} of ${counted} runs began while something else kept the machine busy`] : [];
  return resultOf(subject, our, their, [...notes, ...busyNote]);
}

/** Resolves with true once the machine is idle, with false when it does not become so in time. */
async function waitUntilQuiet({ options, signal }: Bench): Promise<boolean> {
  const end = performance.now() + 1000 * options.patience;
  do {
    const before = await cpuTime();
    await sleep(LOOK_MS, undefined, { signal });
    const after = await cpuTime();
    if ((after.idle - before.idle) / (after.all - before.all) >= QUIET) return true;
  } while (performance.now() < end);
  return false;
}

async function cpuTime(): Promise<{ idle: number; all: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const times = line.trim().split(/\s+/).slice(1).map(Number);
  const [, , , idle = 0, waiting = 0] = times;
  return { idle: idle + waiting, all: times.slice(0, 8).reduce((sum, time) => sum + time, 0) };
}
