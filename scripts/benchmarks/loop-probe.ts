/**
 * Loaded into the daemon by the benchmark of a purge, with `--import`: measures the delay of its event loop over the
 * whole of the run and window by window, which its own metrics cannot do both. SIGUSR2 begins the run; after that a
 * line for each window goes to the file that the environment names.
 */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { LOOP_FILE, type LoopLine, WINDOW_MS } from './loop-figures.ts';

/** As fine as the daemon's own histogram. */
const RESOLUTION_MS = 10;

const file = process.env[LOOP_FILE];
if (file !== undefined && isMainThread && process.argv.includes('serve')) probe(file);

function probe(path: string): void {
  const whole = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const window = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let timer: NodeJS.Timeout | undefined;
  process.on('SIGUSR2', () => {
    clearInterval(timer);
    whole.enable();
    window.enable();
    whole.reset();
    window.reset();
    timer = setInterval(() => {
      const line: LoopLine = {
        whole: { p99: whole.percentile(99) / 1e6, max: whole.max / 1e6 },
        window: { p99: window.percentile(99) / 1e6, max: window.max / 1e6 },
      };
      window.reset();
      appendFileSync(path, `${JSON.stringify(line)}\n`);
    }, WINDOW_MS);
    timer.unref();
  });
}
