import { join } from 'node:path';
import { MIB } from '../../src/core/kit/bytes.ts';
import type { Bench, Benchmark } from './bench.ts';
import { type OurServer, type ServerSettings, startOurServer } from './our-server.ts';
import { uploadPaced } from './paced-upload.ts';
import { makeFolder, makeRandomFile } from './places.ts';
import { memoryOf, waitedForCpu, watchMemory } from './process-figures.ts';
import { median, type Result, resultOf } from './result.ts';
import { timeSftp } from './sftp-client.ts';

/** What one load asks of the daemon: so many uploads over each door, each so large and so fast. */
interface Load {
  readonly uploads: number;
  readonly size: number;
  /** Bytes a second of one upload; null for as fast as it goes. */
  readonly pace: number | null;
}

/** What was seen of the daemon under a load. Memory in MiB, delay in milliseconds. */
interface Seen {
  readonly before: number;
  readonly typical: number;
  readonly peak: number;
  readonly delay: { readonly p99: number; readonly max: number };
  /** The share of the time, in per cent, that the main thread could run and had no CPU. */
  readonly starved: number;
}

const HUNDRED: Load = { uploads: 50, size: 32 * MIB, pace: 2 * MIB };
const QUARTER: Load = { ...HUNDRED, size: 8 * MIB, pace: MIB };
const UNPACED: Load = { ...HUNDRED, pace: null };
const FULL: Load = { uploads: 8, size: 128 * MIB, pace: null };
/** Progress is synced every 64 MiB, so that it is here too. */
const SLOW: Load = { uploads: 4, size: 80 * MIB, pace: null };

/** The daemon stays our child (-D), and only syncs are stopped at (--seccomp-bpf). */
const SLOW_DISK =
  'strace -D -f --seccomp-bpf -qq -o /dev/null -e trace=fsync,fdatasync -e inject=fsync,fdatasync:delay_enter=100ms'.split(
    ' ',
  );

/** The daemon's memory and the delay of its event loop while it takes many uploads. */
export const LOAD_BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'memory-100',
    needs: () => ({ tmpfs: totalOf(HUNDRED) + 128 * MIB, disk: 0 }),
    async run(bench) {
      // A daemon of its own for each load: the peak is that of the whole life of a process.
      const paced = await oneLoad(bench, HUNDRED);
      const quarter = await oneLoad(bench, QUARTER);
      const unpaced = await oneLoad(bench, UNPACED);
      return [
        memoryRow('memory-100', 'each of 32 MiB at 2 MiB/s', paced, [
          `with 8 MiB instead of 32 MiB each: peak ${whole(quarter.peak)} MiB`,
        ]),
        memoryRow('memory-100-unpaced', 'each of 32 MiB, as fast as they go', unpaced, []),
      ];
    },
  },
  loopDelay(
    'loop-delay',
    FULL,
    '99th percentile of the event loop’s delay, 8 SFTP and 8 tus uploads of 128 MiB at full speed',
    {},
  ),
  loopDelay(
    'loop-delay-slow-disk',
    SLOW,
    'the same with 4 and 4 uploads of 80 MiB, while every fsync of the daemon and its queue takes 100 ms more',
    { through: SLOW_DISK },
  ),
];

function loopDelay(name: string, load: Load, work: string, settings: ServerSettings): Benchmark {
  return {
    name,
    needs: () => ({ tmpfs: totalOf(load) + 128 * MIB, disk: 0 }),
    async run(bench) {
      const server = await startOurServer(bench, 'tmpfs', settings);
      const source = await makeSource(bench, load);
      const seen: Seen[] = [];
      for (let run = 0; run <= bench.options.runs; run++) {
        const one = await putUnderLoad(bench, server, source, load, run);
        const { delay } = one;
        bench.say(`${name}: 99th percentile ${whole(delay.p99)} ms, longest ${whole(delay.max)} ms`);
        if (run > 0) seen.push(one);
        await server.settle();
      }
      const subject = {
        name,
        work,
        peer: null,
        unit: 'ms',
        aim: { of: 'value', bound: 'at-most', limit: 50 },
      } as const;
      const delays = seen.map(({ delay }) => delay.p99);
      const longest = Math.max(...seen.map(({ delay }) => delay.max));
      return [
        resultOf(
          subject,
          delays,
          [],
          [
            `the longest of all: ${whole(longest)} ms`,
            starving(median(seen.map(({ starved }) => starved))),
            RESOLUTION,
          ],
        ),
      ];
    },
  };
}

const RESOLUTION = 'Node’s histogram ticks every 10 ms: an idle loop shows 10 to 12 ms';

function starving(share: number): string {
  return `the clients share the machine: the daemon’s main thread had work and no CPU ${whole(share)} % of the time`;
}

async function oneLoad(bench: Bench, load: Load): Promise<Seen> {
  const own: Bench = { ...bench, cleanup: new AsyncDisposableStack() };
  bench.cleanup.use(own.cleanup);
  const server = await startOurServer(own, 'tmpfs');
  const source = await makeSource(own, load);
  const seen = await putUnderLoad(own, server, source, load, 0);
  bench.say(
    `memory-100: ${2 * load.uploads} uploads of ${whole(load.size / MIB)} MiB: peak ${whole(seen.peak)} MiB`,
  );
  await own.cleanup.disposeAsync();
  return seen;
}

function memoryRow(name: string, how: string, seen: Seen, notes: readonly string[]): Result {
  const subject = {
    name,
    work: `peak resident memory of the daemon, 50 SFTP and 50 tus uploads at once, ${how}`,
    peer: null,
    unit: 'MiB',
    aim: { of: 'value', bound: 'at-most', limit: 300 },
  } as const;
  return resultOf(
    subject,
    [seen.peak],
    [],
    [
      `before the load ${whole(seen.before)} MiB, typical under load ${whole(seen.typical)} MiB`,
      `event loop’s delay meanwhile: 99th percentile ${whole(seen.delay.p99)} ms, longest ${whole(seen.delay.max)} ms`,
      starving(seen.starved),
      ...notes,
    ],
  );
}

async function putUnderLoad(
  bench: Bench,
  server: OurServer,
  source: string,
  { uploads, size, pace }: Load,
  run: number,
): Promise<Seen> {
  const { site, daemon, metrics, portal } = server;
  const token = await site.secret('bob', 'token');
  const { resident: before } = await memoryOf(daemon.pid);
  await metrics.loopDelay();
  const [start, waited] = [performance.now(), await waitedForCpu(daemon.pid)];
  using watch = watchMemory(daemon.pid);
  const door = server.sftp('alice');
  const args = pace === null ? [] : ['-l', String((pace * 8) / 1024)];
  const numbers = Array.from({ length: uploads }, (_, number) => `${run}-${number}.bin`);
  await Promise.all([
    ...numbers.map((name) => timeSftp(bench, door, [`put ${source} ${door.folder}/sftp-${name}`], { args })),
    ...numbers.map((name) => {
      const url = `${portal}/api/v1/uploads`;
      return uploadPaced({ url, token, name: `tus-${name}`, size, pace, signal: bench.signal });
    }),
  ]);
  const starved = (100 * ((await waitedForCpu(daemon.pid)) - waited)) / (performance.now() - start);
  const delay = await metrics.loopDelay();
  const { peak } = await memoryOf(daemon.pid);
  return { before, typical: median(watch.samples), peak, delay, starved };
}

async function makeSource(bench: Bench, { size }: Load): Promise<string> {
  const source = join(await makeFolder(bench, 'tmpfs'), 'source.bin');
  await makeRandomFile(source, size);
  return source;
}

function totalOf({ uploads, size }: Load): number {
  return (2 * uploads + 1) * size;
}

function whole(value: number): string {
  return value.toFixed(0);
}
