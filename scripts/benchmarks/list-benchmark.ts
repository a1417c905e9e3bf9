import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MESSAGE } from '../../src/doors/sftp/wire/message-types.ts';
import { connectTo, RawClient, string } from '../../test/sftp/raw-client.ts';
import type { Bench, Benchmark } from './bench.ts';
import { type OurServer, startOurServer } from './our-server.ts';
import { resultOf, type Subject } from './result.ts';
import { timeSftp } from './sftp-client.ts';

const FILES = 100_000;
const AT_ONCE = 500;

/** How often the other session asks. */
const PAUSE_MS = 5;

const LISTING: Subject = {
  name: 'sftp-list-share',
  work: `SFTP listing of a folder of ${FILES} files in a share, disk`,
  peer: null,
  unit: 's',
  aim: { of: 'value', bound: 'at-most', limit: 10 },
};

const WAITING: Subject = {
  name: 'sftp-list-others',
  work: 'STAT in another session meanwhile, 99th percentile',
  peer: null,
  unit: 'ms',
  aim: { of: 'value', bound: 'at-most', limit: 50 },
};

/** A large folder is listed, and how long another session waits meanwhile for the least of questions. */
export const LIST_BENCHMARK: Benchmark = {
  name: 'sftp-list-share',
  needs: () => ({ tmpfs: 0, disk: FILES * 4096 }),
  async run(bench) {
    const ours = await startOurServer(bench, 'disk');
    const folder = join(ours.site.dir, 'data/shares/cohort/many');
    await mkdir(folder);
    for (let i = 0; i < FILES; i += AT_ONCE) {
      bench.signal.throwIfAborted();
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, j) => writeFile(join(folder, `subject-${i + j}.csv`), '')),
      );
    }
    const [listings, waits]: [number[], number[]] = [[], []];
    for (let run = 0; run <= bench.options.runs; run++) {
      const { seconds, p99 } = await listOnce(bench, ours);
      bench.say(`sftp-list-share: ${seconds.toPrecision(3)} s, others wait ${p99.toPrecision(3)} ms`);
      if (run === 0) continue;
      listings.push(seconds);
      waits.push(p99);
    }
    return [resultOf(LISTING, listings, [], []), resultOf(WAITING, waits, [], ['one STAT every 5 ms'])];
  },
};

async function listOnce(bench: Bench, ours: OurServer): Promise<{ seconds: number; p99: number }> {
  const server = ours.sftp('alice', 'inside');
  const privateKey = await ours.site.secret('alice', 'key');
  const about = { host: '127.0.0.1', port: server.port, username: 'alice', privateKey: `${privateKey}\n` };
  await using raw = await RawClient.over(await connectTo(about));
  const listing = timeSftp(bench, server, ['ls -1 /shares/cohort/many']);
  let isListing = true;
  listing.then(
    () => {
      isListing = false;
    },
    () => {
      isListing = false;
    },
  );
  const waits: number[] = [];
  while (isListing) {
    const start = performance.now();
    await raw.ask(MESSAGE.STAT, string('/shares/cohort/many/subject-1.csv'));
    waits.push(performance.now() - start);
    await sleep(PAUSE_MS, undefined, { signal: bench.signal });
  }
  waits.sort((a, b) => a - b);
  return { seconds: await listing, p99: waits[Math.floor(waits.length * 0.99)] ?? Number.NaN };
}
