import { join } from 'node:path';
import { arrivalsDrop } from '../../src/core/custody/file.ts';
import type { FileName, FolderPath } from '../../src/core/custody/names.ts';
import { MIB } from '../../src/core/kit/bytes.ts';
import { DAY, HOUR } from '../../src/core/kit/clock.ts';
import { type OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import type { Bench, Benchmark } from './bench.ts';
import { type Filled, fillLedger } from './fill-ledger.ts';
import { measureInTurn, type Side } from './in-turn.ts';
import { makeFolder } from './places.ts';
import type { Subject } from './result.ts';

const MANY = 1_000_000;
const FEW = 1000;
const LISTED = 500;
const PAGE = 100;
/** One call is too short to be timed. */
const REPEATS = 20;

interface Ledger extends Filled {
  readonly ledger: OpenLedger;
}

/** What a large ledger costs. */
export const LEDGER_BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'ledger-million',
    needs: () => ({ tmpfs: 2048 * MIB, disk: 0 }),
    async run(bench) {
      const few = await makeLedger(bench, FEW);
      bench.say('ledger-million: writing a million files ...');
      const many = await makeLedger(bench, MANY);
      return [
        await compare(
          bench,
          'ledger-listing',
          `all pages of a folder of ${LISTED} files`,
          few,
          many,
          (side) => listAll(side, side.listed, LISTED),
        ),
        await compare(
          bench,
          'ledger-page',
          `the second page of a folder that holds the others`,
          few,
          many,
          (side) => listPage(side, side.rest, '0000002.csv' as FileName),
        ),
        await compare(bench, 'ledger-sweep', 'implied work and idle uploads, nothing due', few, many, sweep),
      ];
    },
  },
];

async function makeLedger(bench: Bench, files: number): Promise<Ledger> {
  const file = join(await makeFolder(bench, 'tmpfs'), 'ledger.sqlite');
  await (await openSqliteLedger({ file })).close();
  const filled = fillLedger(file, files, LISTED);
  const ledger = await openSqliteLedger({ file });
  bench.cleanup.defer(() => ledger.close());
  return { ...filled, ledger };
}

async function compare(
  bench: Bench,
  name: string,
  work: string,
  few: Ledger,
  many: Ledger,
  ask: (side: Ledger) => Promise<unknown>,
) {
  const side = (ledger: Ledger): Side => ({
    async run() {
      const start = performance.now();
      for (let n = 0; n < REPEATS; n++) await ask(ledger);
      return (performance.now() - start) / REPEATS;
    },
  });
  const subject: Subject = {
    name,
    work: `${work}, in a ledger of ${MANY} files`,
    peer: `the same in a ledger of ${FEW}`,
    unit: 'ms',
    aim: { of: 'ratio', bound: 'at-most', limit: 2 },
  };
  return measureInTurn(bench, subject, side(many), side(few));
}

async function listAll(side: Ledger, folder: FolderPath, expected: number): Promise<void> {
  let found = 0;
  let after: FileName | null = null;
  for (;;) {
    const page: readonly { readonly name: FileName }[] = await listPage(side, folder, after);
    found += page.length;
    after = page.at(-1)?.name ?? null;
    if (after === null) break;
  }
  if (found !== expected) throw new Error(`the listing gave ${found} files instead of ${expected}`);
}

async function listPage({ ledger, owner }: Ledger, folder: FolderPath, after: FileName | null) {
  const page = await ledger.listFolder(arrivalsDrop(owner), folder, {
    listedSince: Date.now() - 90 * DAY,
    after,
    limit: PAGE,
  });
  if (page === null) throw new Error(`there is no folder ${folder}`);
  return page;
}

async function sweep({ ledger }: Ledger): Promise<void> {
  const now = Date.now();
  const work = await ledger.impliedWork(now, PAGE);
  const idle = await ledger.idleUploads(now - HOUR, PAGE);
  if (work.length + idle.length > 0) throw new Error('nothing was to be due');
}
