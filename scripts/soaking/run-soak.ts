/** What scripts/soak runs: one soak, and its summary. */
import { BrokenPromise } from './broken-promise.ts';
import { createCounts } from './counts.ts';
import { diceOf } from './dice.ts';
import { FAULTS } from './faults.ts';
import { makeHaven } from './haven.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { soak } from './soak.ts';

process.exitCode = await main();

async function main(): Promise<number> {
  const options = optionsOrNull();
  if (options === null) return 2;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  console.log(`soak: seed ${options.seed}, ${Math.round(options.lasts / 1000)} s`);
  const counts = createCounts();
  const interrupted = stopOnSignals();
  const haven = await makeHaven(diceOf(`${options.seed}/haven`));
  const began = performance.now();
  let failure: unknown = null;
  try {
    await soak(haven, options, counts, say, interrupted);
  } catch (error) {
    failure = error;
  }
  const minutes = (performance.now() - began) / 60_000;
  for (const [what, count] of counts.all()) console.log(`soak: ${String(count).padStart(8)}  ${what}`);
  const keep = options.keep || (failure !== null && !interrupted.aborted);
  await haven.remove(keep);
  if (keep) console.log(`soak: the installation and its logs are kept in ${haven.work}`);
  if (interrupted.aborted) return 130;
  if (failure === null) {
    console.log(`soak: every invariant held for ${minutes.toFixed(1)} minutes, seed ${options.seed}`);
    return 0;
  }
  console.log(`soak: BROKEN after ${minutes.toFixed(1)} minutes, seed ${options.seed}: ${wordsOf(failure)}`);
  return 1;
}

function wordsOf(failure: unknown): string {
  if (failure instanceof BrokenPromise) return `${failure.message}\n  ${failure.evidence.join('\n  ')}`;
  return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
}

function say(text: string): void {
  console.log(`soak: ${new Date().toISOString().slice(11, 19)} ${text}`);
}

function optionsOrNull(): Options | null {
  try {
    const options = readOptions(process.argv.slice(2));
    const names = FAULTS.map(({ name }) => name);
    const unknown = options.faults.find((fault) => !names.includes(fault));
    if (unknown === undefined) return options;
    throw new Error(`there is no fault ${unknown}, only ${[...new Set(names)].join(', ')}`);
  } catch (error) {
    console.error(`soak: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return null;
  }
}

/** The first signal ends the soak and what it started; the second ends the process at once. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      stop.abort();
    });
  }
  return stop.signal;
}
