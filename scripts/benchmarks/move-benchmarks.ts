import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GIB, KIB } from '../../src/core/kit/bytes.ts';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { connectTo, RawClient, string } from '../../test/sftp/raw-client.ts';
import { fileIn } from '../../test/support/arrivals.ts';
import type { Bench, Benchmark } from './bench.ts';
import { type OurServer, startOurServer } from './our-server.ts';
import { makeFolder, makeRandomFile } from './places.ts';
import { resultOf, type Subject } from './result.ts';
import { timeSftp } from './sftp-client.ts';

/** Moves of small files in one run. */
const SMALL_MOVES = 10;
const LONGEST_ARRIVAL_MS = 3 * 60_000;

/** How long a person waits who renames a file from Arrivals into a share on the same file system. */
export const MOVE_BENCHMARKS: readonly Benchmark[] = [
  moves('sftp-move-small', () => 4 * KIB, SMALL_MOVES),
  moves('sftp-move-large', ({ size }) => size, 1),
];

function moves(name: string, sizeOf: (options: { size: number }) => number, times: number): Benchmark {
  return {
    name,
    needs: (options) => ({ tmpfs: 0, disk: 3 * sizeOf(options) + GIB / 4 }),
    async run(bench) {
      const size = sizeOf(bench.options);
      const subject: Subject = {
        name,
        work: `SFTP RENAME of ${size / KIB} KiB from Arrivals to a share, one file system, disk`,
        peer: null,
        unit: 'ms',
        aim: { of: 'value', bound: 'at-most', limit: 20 },
      };
      const ours = await startOurServer(bench, 'disk');
      const work = await makeFolder(bench, 'disk');
      const source = join(work, 'source.bin');
      await makeRandomFile(source, size);
      const values: number[] = [];
      for (let run = 0; run <= bench.options.runs; run++) {
        const taken = await moveSome(
          bench,
          ours,
          source,
          Array.from({ length: times }, (_, i) => `${run}-${i}.bin`),
        );
        bench.say(`${name}: ${taken.map((value) => value.toPrecision(3)).join(' ')} ms`);
        if (run > 0) values.push(...taken);
      }
      return [resultOf(subject, values, [], ['the request alone, on an open session'])];
    },
  };
}

/** Brings the source into Arrivals under each name, then moves them one after the other. Returns milliseconds. */
async function moveSome(
  bench: Bench,
  ours: OurServer,
  source: string,
  names: readonly string[],
): Promise<readonly number[]> {
  const puts = names.map((name) => `put ${source} /arrivals/${name}`);
  await timeSftp(bench, ours.sftp('alice'), puts);
  for (const name of names) await fileIn(ours.site, 'alice', name, 'arrived', LONGEST_ARRIVAL_MS);
  // The mails and whatever else an arrival leaves behind.
  await sleep(1000, undefined, { signal: bench.signal });
  const { port } = ours.sftp('alice', 'inside');
  const privateKey = await ours.site.secret('alice', 'key');
  const client = await connectTo({
    host: '127.0.0.1',
    port,
    username: 'alice',
    privateKey: `${privateKey}\n`,
  });
  const raw = await RawClient.over(client);
  const taken: number[] = [];
  for (const name of names) {
    const start = performance.now();
    const reply = await raw.ask(
      MESSAGE.RENAME,
      string(`/arrivals/${name}`),
      string(`/shares/cohort/${name}`),
    );
    taken.push(performance.now() - start);
    if (reply.code !== STATUS.OK) throw new Error(`the move failed: ${reply.message}`);
  }
  await raw[Symbol.asyncDispose]();
  for (const name of names) await rm(join(ours.site.dir, 'data/shares/cohort', name));
  return taken;
}
