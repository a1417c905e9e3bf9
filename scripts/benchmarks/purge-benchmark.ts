import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { KIB } from '../../src/core/kit/bytes.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import type { Bench, Benchmark } from './bench.ts';
import { fillArrivals } from './fill-arrivals.ts';
import { LOOP_FILE, readLoopFigures, WINDOW_MS } from './loop-figures.ts';
import { type OurServer, startOurServer } from './our-server.ts';
import { uploadPaced } from './paced-upload.ts';
import { makeFolder } from './places.ts';
import { waitedForCpu } from './process-figures.ts';
import { resultOf } from './result.ts';
import { timeSftp } from './sftp-client.ts';

/** A file, its row, its certificate, its audit rows, and the certificate once more in a mail. */
const ROOM_FOR_ONE = 24 * KIB;

const LONGEST_MS = 60 * 60_000;

const PROBE = join(import.meta.dirname, 'loop-probe.ts');

/** The destruction of many due files by the daemon, while somebody uploads now and then. */
export const PURGE_BENCHMARK: Benchmark = {
  name: 'purge',
  needs: ({ files }) => ({ tmpfs: 0, disk: files * ROOM_FOR_ONE }),
  async run(bench) {
    const { files } = bench.options;
    const loopFile = join(await makeFolder(bench, 'disk'), 'loop.jsonl');
    const options = [process.env['NODE_OPTIONS'] ?? '', `--import ${PROBE}`].join(' ').trim();
    const server = await startOurServer(bench, 'disk', {
      env: { [LOOP_FILE]: loopFile, NODE_OPTIONS: options },
      prepare: ({ dir }) => fillArrivals(dir, 'alice', files, 31 * DAY),
    });
    bench.say(`purge: ${files} due files stand in Arrivals`);
    const { seconds, mailed, starved } = await purge(bench, server);
    // The last window ends with the next line.
    await sleep(WINDOW_MS, undefined, { signal: bench.signal });
    const { whole, typicalWindow, worstWindow } = await readLoopFigures(loopFile);
    const work = `${files} due files of 4 KiB, from \`retention run --confirm\` until the last is destroyed, disk`;
    return [
      resultOf(
        {
          name: 'purge',
          work,
          peer: null,
          unit: 's',
          aim: { of: 'value', bound: 'at-most', limit: 600 },
        },
        [seconds],
        [],
        [
          `${(files / seconds).toFixed(0)} files/s; measured once, whatever --runs says`,
          `the last certificate was in a mail ${(mailed - seconds).toFixed(0)} s later; notices are gathered for a minute`,
        ],
      ),
      resultOf(
        {
          name: 'purge-loop-delay',
          work: '99th percentile of the event loop’s delay until the last mail, with a client that is lightly active',
          peer: null,
          unit: 'ms',
          aim: { of: 'value', bound: 'at-most', limit: 50 },
        },
        [whole.p99],
        [],
        [
          `99th percentile of a window of 5 s: typical ${typicalWindow.toFixed(0)} ms, worst ${worstWindow.toFixed(0)} ms; the longest delay of all ${whole.max.toFixed(0)} ms`,
          `the daemon’s main thread had work and no CPU ${starved.toFixed(0)} % of the time`,
        ],
      ),
    ];
  },
};

/** How long it took, in seconds, and how much of it the main thread was kept waiting for a CPU, in per cent. */
interface Purged {
  readonly seconds: number;
  /** Until the last certificate was in a mail. */
  readonly mailed: number;
  readonly starved: number;
}

async function purge(bench: Bench, server: OurServer): Promise<Purged> {
  const { site, daemon } = server;
  const plan = await site.json<{ id: string; files: number }>('retention', 'plan');
  if (plan.files !== bench.options.files) throw new Error(`${plan.files} files are due`);
  process.kill(daemon.pid, 'SIGUSR2');
  const [start, waited] = [performance.now(), await waitedForCpu(daemon.pid)];
  const sinceStart = () => (performance.now() - start) / 1000;
  const done = new AbortController();
  const client = uploadNowAndThen(bench, server, done.signal);
  using left = watchWhatIsLeft(join(site.dir, 'ledger.sqlite3'));
  try {
    await site.json('retention', 'run', '--confirm', plan.id);
    bench.say(`purge: all were begun after ${sinceStart().toFixed(0)} s`);
    await none(bench, 'files', left.files);
    const seconds = sinceStart();
    await none(bench, 'notices', left.notices);
    const mailed = sinceStart();
    const starved = ((await waitedForCpu(daemon.pid)) - waited) / (10 * mailed);
    return { seconds, mailed, starved };
  } finally {
    done.abort();
    await client;
  }
}

/** Counts past the daemon, so that looking costs its event loop nothing. */
function watchWhatIsLeft(
  ledger: string,
): Disposable & { readonly files: () => number; readonly notices: () => number } {
  const database = new DatabaseSync(ledger, { readOnly: true });
  const count = (what: string) => {
    const statement = database.prepare(`select count(*) as count from ${what}`);
    return () => Number(statement.get()?.['count']);
  };
  return {
    files: count(`files where state = 'destroying' and id > ''`),
    notices: count(`notices where kind = 'file-destroyed' and sent_at is null`),
    [Symbol.dispose]: () => database.close(),
  };
}

async function none(bench: Bench, what: string, count: () => number): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  for (let round = 0; ; round++) {
    const left = count();
    if (left === 0) return;
    if (performance.now() > end) throw new Error(`${left} ${what} were left after an hour`);
    if (round % 30 === 0) bench.say(`purge: ${left} ${what} are left`);
    await sleep(1000, undefined, { signal: bench.signal });
  }
}

/** A small upload over each door, then a pause, until it is told to stop. */
async function uploadNowAndThen(bench: Bench, server: OurServer, stop: AbortSignal): Promise<void> {
  const { site, portal } = server;
  const token = await site.secret('bob', 'token');
  const door = server.sftp('bob');
  for (let n = 0; !stop.aborted; n++) {
    const { signal } = bench;
    const url = `${portal}/api/v1/uploads`;
    await uploadPaced({ url, token, name: `tus-${n}.bin`, size: 64 * KIB, pace: null, signal });
    await timeSftp(bench, door, [`put ${PROBE} ${door.folder}/sftp-${n}.txt`]);
    await sleep(2000, undefined, { signal: AbortSignal.any([stop, signal]) }).catch(() => undefined);
  }
}
