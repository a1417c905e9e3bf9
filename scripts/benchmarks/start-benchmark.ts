import { KIB } from '../../src/core/kit/bytes.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { startDaemon } from '../../test/support/daemon.ts';
import type { Benchmark } from './bench.ts';
import { fillArrivals } from './fill-arrivals.ts';
import { makeSite, OWN_SESSION } from './our-server.ts';
import { makeFolder } from './places.ts';
import { resultOf } from './result.ts';

const MANY = 1_000_000;

/** A file, its inode and its row. */
const ROOM_FOR_ONE = 7 * KIB;

/** How long the daemon takes until people can come, when a million files have arrived and nothing is amiss. */
export const START_BENCHMARK: Benchmark = {
  name: 'start-million',
  needs: () => ({ tmpfs: 0, disk: MANY * ROOM_FOR_ONE }),
  async run(bench) {
    const site = await makeSite(await makeFolder(bench, 'disk'), '5s');
    bench.say('start-million: writing a million files ...');
    fillArrivals(site.dir, 'alice', MANY, DAY);
    const starts: number[] = [];
    for (let run = 0; run <= bench.options.runs; run++) {
      bench.signal.throwIfAborted();
      const seconds = await timeStart(site);
      bench.say(`start-million: ready after ${seconds.toFixed(2)} s`);
      if (run > 0) starts.push(seconds);
    }
    const subject = {
      name: 'start-million',
      work: 'from the start of the program until `ready`, with a million files of 4 KiB in Arrivals, disk',
      peer: null,
      unit: 's',
      aim: { of: 'value', bound: 'at-most', limit: 5 },
    } as const;
    return [resultOf(subject, starts, [])];
  },
};

/** In seconds. The daemon is stopped again. */
async function timeStart(site: Awaited<ReturnType<typeof makeSite>>): Promise<number> {
  const start = performance.now();
  const daemon = await startDaemon(site, {}, OWN_SESSION);
  const seconds = (performance.now() - start) / 1000;
  await daemon.end('SIGTERM');
  return seconds;
}
