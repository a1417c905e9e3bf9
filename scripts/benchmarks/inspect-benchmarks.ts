import { join } from 'node:path';
import { GIB, MIB } from '../../src/core/kit/bytes.ts';
import { startClamd } from '../../test/inspect/clamd-for-tests.ts';
import type { Bench, Benchmark } from './bench.ts';
import { measureInTurn, type Side } from './in-turn.ts';
import type { Inspected, InspectJob } from './inspect-child.ts';
import { makeFolder, makeRandomFile } from './places.ts';
import { runChild, timeProgram } from './timed-program.ts';

const INSPECTOR = join(import.meta.dirname, 'inspect-child.ts');

/** clamd reads random bytes at some 30 MiB/s, so a larger file would only take longer. */
const LARGEST_SCAN = 256 * MIB;

/** The reading of a file's bytes against tools that read them for one purpose. */
export const INSPECT_BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'inspect',
    needs: ({ size }) => ({ tmpfs: size + 64 * MIB, disk: 0 }),
    async run(bench) {
      const { size } = bench.options;
      const source = await makeSource(bench, size);
      const theirs = perSecond(size, async () => {
        return (await timeProgram('openssl', ['dgst', '-sha256', source], { signal: bench.signal })).seconds;
      });
      const subject = {
        name: 'inspect',
        work: `inspection of ${size / GIB} GiB without malware scan (digest, content type), tmpfs`,
        peer: 'openssl dgst -sha256 of the same file',
        unit: 'MiB/s',
        aim: { of: 'ratio', bound: 'at-least', limit: 0.8 },
      } as const;
      return [await measureInTurn(bench, subject, inspection(bench, source, size, null), theirs, [EXCLUDED])];
    },
  },
  {
    name: 'inspect-clamd',
    needs: ({ size }) => ({ tmpfs: 2 * Math.min(size, LARGEST_SCAN) + 64 * MIB, disk: 0 }),
    async run(bench) {
      const size = Math.min(bench.options.size, LARGEST_SCAN);
      const source = await makeSource(bench, size);
      const clamd = await startClamd(await makeFolder(bench, 'tmpfs'), UNCACHED);
      bench.cleanup.defer(() => clamd.stop());
      const args = ['--stream', '--no-summary', '--config-file', clamd.config, source];
      const theirs = perSecond(size, async () => {
        return (await timeProgram('clamdscan', args, { signal: bench.signal })).seconds;
      });
      const subject = {
        name: 'inspect-clamd',
        work: `inspection of ${size / MIB} MiB with clamd, tmpfs`,
        peer: 'clamdscan --stream of the same file, at the same clamd',
        unit: 'MiB/s',
        aim: { of: 'ratio', bound: 'at-least', limit: 0.95 },
      } as const;
      const ours = inspection(bench, source, size, clamd.socket);
      const notes = [EXCLUDED, 'clamd has a single signature and no cache of clean files'];
      return [await measureInTurn(bench, subject, ours, theirs, notes)];
    },
  },
];

/** Otherwise clamd remembers what was clean, and scans a file only the first time. */
const UNCACHED = { DisableCache: 'yes' };

const EXCLUDED =
  'ours: the inspection alone, by a fresh process whose start (which the daemon pays once) is not counted; peer: the whole program';

function inspection(bench: Bench, source: string, size: number, clamd: string | null): Side {
  return {
    async run() {
      const data = await makeFolder(bench, 'tmpfs');
      const job: InspectJob = { source, data, size, clamd };
      const { seconds } = await runChild<Inspected>(bench.signal, INSPECTOR, job);
      return size / MIB / seconds;
    },
  };
}

function perSecond(size: number, measure: () => Promise<number>): Side {
  return { run: async () => size / MIB / (await measure()) };
}

async function makeSource(bench: Bench, size: number): Promise<string> {
  const source = join(await makeFolder(bench, 'tmpfs'), 'source.bin');
  await makeRandomFile(source, size);
  return source;
}
