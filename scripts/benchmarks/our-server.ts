import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, startDaemon } from '../../test/support/daemon.ts';
import { type Installation, makeInstallation } from '../../test/support/installation.ts';
import type { Bench } from './bench.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import { makeFolder, type Place } from './places.ts';
import type { SftpServer } from './sftp-client.ts';

/** Our daemon with a demo installation of its own. */
export interface OurServer {
  readonly site: Installation;
  readonly daemon: Daemon;
  readonly metrics: Metrics;
  /** An SFTP door, outside unless told otherwise, as a demo person signs in to it. */
  sftp(person: string, side?: 'outside' | 'inside'): SftpServer;
  /** The outside portal. */
  readonly portal: string;
  /** Waits until every upload has arrived and the airlock is empty, then removes what arrived. */
  settle(): Promise<void>;
}

/**
 * A session of its own, as a service has one and as OpenSSH's server makes for each connection: on a busy machine Linux
 * shares the processors out by session (autogroup), and ours would have to share with its clients.
 */
export const OWN_SESSION: readonly string[] = ['setsid'];

const LONGEST_SETTLING_MS = 3 * 60_000;
const PATIENCE_MS = 20_000;

/** States of uploads that jobs have yet to work on. */
const UNDER_WAY = ['receiving', 'received', 'inspecting', 'admitting'];

/** What a benchmark asks for beside the daemon itself. */
export interface ServerSettings {
  /** For the daemon's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** How long files settle, as a configuration says it (1s). */
  readonly settle?: string;
  /** What the daemon is started through: see `startDaemon`. */
  readonly through?: readonly string[];
  /** Before the daemon starts. */
  readonly prepare?: (site: Installation) => void;
}

/** Starts the daemon as it comes, except that nothing is scanned and, unless told otherwise, a file settles in 1 s. */
export async function startOurServer(
  bench: Bench,
  place: Place,
  { env = {}, settle: settling = '1s', through = [], prepare }: ServerSettings = {},
): Promise<OurServer> {
  const site = await makeSite(await makeFolder(bench, place), settling);
  prepare?.(site);
  bench.signal.throwIfAborted();
  const daemon = await startDaemon(site, env, [...OWN_SESSION, ...through]);
  bench.cleanup.defer(() => endDaemon(daemon));
  const metrics = await openMetrics(site, daemon);
  const data = join(site.dir, 'data');
  const settle = async (): Promise<void> => {
    await settled(bench, metrics, join(data, 'airlock', 'files'));
    await emptyArrivals(join(data, 'arrivals'));
  };
  return {
    site,
    daemon,
    metrics,
    settle,
    portal: `http://127.0.0.1:${daemon.port('portal')}`,
    sftp: (person, side) => ({
      port: daemon.port('sftp', side),
      user: person,
      key: join(site.dir, 'demo', `${person}.key`),
      folder: '/arrivals',
      settle,
    }),
  };
}

/**
 * A demo installation in a folder, as the benchmarks have it. Installations are made in the system's folder for temporary
 * files, so that is set to be `folder` meanwhile.
 */
export async function makeSite(folder: string, settling: string): Promise<Installation> {
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = folder;
  try {
    return await makeInstallation({ intake: `{ settle: ${settling} }` });
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
}

async function settled(bench: Bench, metrics: Metrics, airlock: string): Promise<void> {
  const end = performance.now() + LONGEST_SETTLING_MS;
  while ((await countUnderWay(metrics)) > 0 || (await readdir(airlock)).length > 0) {
    if (performance.now() > end) throw new Error('uploads did not arrive in three minutes');
    await sleep(250, undefined, { signal: bench.signal });
  }
}

async function countUnderWay(metrics: Metrics): Promise<number> {
  const counts = await metrics.read('havengate_files');
  return UNDER_WAY.reduce((sum, state) => sum + (counts.get(`state="${state}"`) ?? 0), 0);
}

/** Behind the daemon's back, which is no matter for an installation that goes away. */
async function emptyArrivals(arrivals: string): Promise<void> {
  for (const entry of await readdir(arrivals, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await rm(join(entry.parentPath, entry.name));
  }
}

async function endDaemon(daemon: Daemon): Promise<void> {
  const timer = setTimeout(() => void daemon.end('SIGKILL'), PATIENCE_MS);
  await daemon.end('SIGTERM');
  clearTimeout(timer);
}
