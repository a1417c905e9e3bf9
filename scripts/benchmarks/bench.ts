import type { Options } from './options.ts';
import type { Result } from './result.ts';

/** What a benchmark works with. */
export interface Bench {
  readonly options: Options;
  /** Aborted when the whole run is to end; everything that waits or runs is given it. */
  readonly signal: AbortSignal;
  /** Takes the steps that undo what was started. They run when the benchmark ends, however it ends. */
  readonly cleanup: AsyncDisposableStack;
  /** Tells how far it is. */
  say(text: string): void;
}

/** One benchmark, which gives one row or several. */
export interface Benchmark {
  readonly name: string;
  /** Bytes that it needs at its peak on tmpfs, and on disk. */
  needs(options: Options): { readonly tmpfs: number; readonly disk: number };
  run(bench: Bench): Promise<readonly Result[]>;
}
