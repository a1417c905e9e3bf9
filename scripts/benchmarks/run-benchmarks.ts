/** What scripts/bench runs: the benchmarks of its arguments, one after the other, then the table of their results. */
import { writeFile } from 'node:fs/promises';
import type { Benchmark } from './bench.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { describeMachine } from './machine.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { whyNoRoom } from './places.ts';
import type { Result } from './result.ts';
import { type Failure, formatTable } from './table.ts';

/** After a signal everything that was started has so long to end. */
const LONGEST_CLEANUP_MS = 40_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = optionsOrNull();
  if (options === null) return 2;
  if (options.help || options.list) {
    console.log(options.help ? USAGE : BENCHMARKS.map(({ name }) => name).join('\n'));
    return 0;
  }
  const chosen = BENCHMARKS.filter(({ name }) => options.names.length === 0 || options.names.includes(name));
  const interrupted = stopOnSignals();
  const machine = describeMachine();
  const [results, failures]: [Result[], Failure[]] = [[], []];
  for (const benchmark of chosen) {
    if (interrupted.aborted) break;
    try {
      results.push(...(await runOne(benchmark, options, interrupted)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push({ name: benchmark.name, why: interrupted.aborted ? 'interrupted' : why });
      if (!interrupted.aborted) console.error(error);
    }
  }
  const json = JSON.stringify(
    { machine, runs: options.runs, size: options.size, results, failures },
    null,
    2,
  );
  const table = formatTable(machine, results, failures);
  if (options.jsonFile !== null) await writeFile(options.jsonFile, `${json}\n`);
  if (options.json) {
    console.error(table);
    console.log(json);
  } else {
    console.log(table);
  }
  if (interrupted.aborted) return 130;
  return failures.length === 0 ? 0 : 1;
}

async function runOne(
  benchmark: Benchmark,
  options: Options,
  signal: AbortSignal,
): Promise<readonly Result[]> {
  const why = await whyNoRoom(benchmark, options);
  if (why !== null) throw new Error(why);
  await using cleanup = new AsyncDisposableStack();
  const say = (text: string): void => console.error(`bench: ${text}`);
  return await benchmark.run({ options, signal, cleanup, say });
}

function optionsOrNull(): Options | null {
  try {
    const options = readOptions(process.argv.slice(2));
    const unknown = options.names.find((wanted) => !BENCHMARKS.some(({ name }) => name === wanted));
    if (unknown !== undefined) throw new Error(`there is no benchmark ${unknown}: see --list`);
    return options;
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return null;
  }
}

/** The first signal ends what is measured, and everything that was started; the second ends the process at once. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      setTimeout(() => process.exit(130), LONGEST_CLEANUP_MS).unref();
      stop.abort(new Error('interrupted'));
    });
  }
  return stop.signal;
}
