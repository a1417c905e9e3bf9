import { type Browser, chromium } from 'playwright-core';
import { KIB } from '../../src/core/kit/bytes.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { CHROMIUM, FLAGS } from '../../test/portal/portal-site.ts';
import type { Bench, Benchmark } from './bench.ts';
import { fillArrivals } from './fill-arrivals.ts';
import { type OurServer, startOurServer } from './our-server.ts';
import { type Result, resultOf } from './result.ts';

const FILES = 100_000;

/** A file, its inode and its row. */
const ROOM_FOR_ONE = 7 * KIB;

/** One answer is too short to be timed alone. */
const REPEATS = 20;

/** Pages behind the first that are turned before a deep one is timed. */
const DEEP = 40;

/** What a page of My arrivals is asked for, beside where it begins. */
const PAGES = {
  first: 'sort=newest',
  'by-name': 'sort=name&order=ascending',
  'by-size': 'sort=size',
  'by-end': 'sort=expires&order=ascending',
  search: 'sort=newest&search=99',
  'search-nothing': 'sort=size&search=no+such+name',
} as const;

/** The pages in a browser, and pages of My arrivals over the API, of somebody who has very many files there. */
export const PORTAL_BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'portal-interactive',
    needs: () => ({ tmpfs: 0, disk: 0 }),
    async run(bench) {
      const ours = await startOurServer(bench, 'disk');
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS] });
      bench.cleanup.defer(() => browser.close());
      const address = ours.portal.replace('127.0.0.1', 'localhost');
      const times: number[] = [];
      for (let run = 0; run <= bench.options.runs; run++) {
        bench.signal.throwIfAborted();
        const time = await timeFirstPage(browser, address);
        if (run > 0) times.push(time);
      }
      const subject = {
        name: 'portal-interactive',
        work: 'from the address to a form that takes keys, in Chromium, with nothing in its cache',
        peer: null,
        unit: 'ms',
        aim: { of: 'value', bound: 'at-most', limit: 1000 },
      } as const;
      return [resultOf(subject, times, [])];
    },
  },
  {
    name: 'portal-arrivals',
    needs: () => ({ tmpfs: 0, disk: FILES * ROOM_FOR_ONE }),
    async run(bench) {
      const ours = await startOurServer(bench, 'disk', {
        prepare: (site) => fillArrivals(site.dir, 'alice', FILES, DAY),
      });
      const ask = await asker(ours);
      const results: Result[] = [];
      for (const [page, query] of Object.entries(PAGES)) {
        results.push(await measure(bench, `portal-arrivals-${page}`, () => ask(query)));
      }
      for (const sort of ['newest', 'name', 'size', 'expires']) {
        const query = `sort=${sort}`;
        let after = '';
        for (let turned = 0; turned < DEEP; turned++) {
          const files = await ask(`${query}&pageSize=200${after}`);
          after = `&after=${files.at(-1)?.id}`;
        }
        results.push(await measure(bench, `portal-arrivals-deep-${sort}`, () => ask(`${query}${after}`)));
      }
      return results;
    },
  },
];

/** In milliseconds, in a context of its own. */
async function timeFirstPage(browser: Browser, address: string): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(address, { waitUntil: 'commit' });
  await page.getByLabel('User ID').fill('alice');
  const time = performance.now() - start;
  await context.close();
  return time;
}

async function asker(
  ours: OurServer,
): Promise<(query: string) => Promise<readonly { readonly id: string }[]>> {
  const headers = { authorization: `Bearer ${await ours.site.secret('alice', 'token')}` };
  return async (query) => {
    const answered = await fetch(`${ours.portal}/api/v1/files?${query}`, { headers });
    if (!answered.ok) throw new Error(`${answered.status} ${await answered.text()}`);
    const { files } = (await answered.json()) as { files: { id: string }[] };
    return files;
  };
}

async function measure(bench: Bench, name: string, ask: () => Promise<unknown>): Promise<Result> {
  const times: number[] = [];
  for (let run = 0; run <= bench.options.runs; run++) {
    bench.signal.throwIfAborted();
    const start = performance.now();
    for (let n = 0; n < REPEATS; n++) await ask();
    if (run > 0) times.push((performance.now() - start) / REPEATS);
  }
  bench.say(`${name}: ${times.map((time) => time.toFixed(1)).join(', ')} ms`);
  const subject = {
    name,
    work: `a page of My arrivals over the API, of ${FILES} files`,
    peer: null,
    unit: 'ms',
    aim: { of: 'value', bound: 'at-most', limit: 100 },
  } as const;
  return resultOf(subject, times, []);
}
