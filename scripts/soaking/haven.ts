import { spawnSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../test/support/daemon.ts';
import { type FakeTime, makeFakeTime } from '../../test/support/fake-time.ts';
import { type Installation, makeInstallation } from '../../test/support/installation.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { Dice } from './dice.ts';
import { MAY_MOUNT, mountSmallDisk, type SmallDisk } from './mounts.ts';
import { choosePorts } from './ports.ts';
import { type Scanner, startScanner } from './scanner.ts';

const MIB = 1024 * 1024;

/** Working files that nobody removes are more from hour to hour: only a fault is to fill the disk. */
const ROOM_FOR_BYTES = 2048 * MIB;

/** The installation under test with everything around it, and the daemon that runs on it at the moment. */
export interface Haven {
  readonly site: Installation;
  /** Where clients keep what they send and get, outside the installation. */
  readonly work: string;
  readonly scanner: Scanner;
  readonly time: FakeTime;
  /** The file system of the bytes, and that of ledger and queue; null where none can be mounted. */
  readonly disks: { readonly data: SmallDisk; readonly state: SmallDisk } | null;
  readonly ports: { readonly outside: number; readonly inside: number; readonly portal: number };
  /** The running daemon, or null between two. */
  readonly daemon: Daemon | null;
  /** How many daemons were started. */
  readonly starts: number;
  /** A sync has failed in this daemon: it does nothing more to that file until it is started again, and says so. */
  readonly hasFailedSync: boolean;
  noteFailedSync(): void;
  start(env?: NodeJS.ProcessEnv): Promise<Daemon>;
  /** Ends the daemon with a signal. Throws when it was ended already, or does not end in order. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** After something else has ended it: what it said goes to its file. */
  noteEnd(): Promise<void>;
  /** Unmounts and stops what was started; removes the installation unless told to keep it. */
  remove(keep: boolean): Promise<void>;
}

/** Other work on the machine may make it slow. */
const LONGEST_START_MS = 900_000;

/** A daemon that was told to stop has to be gone by then. */
const LONGEST_STOP_MS = 300_000;

/** Everything is short, so that an hour sees files from their arrival to their destruction. */
const SETTINGS = {
  intake: '{ settle: 500ms, keep_free: 1MiB }',
  notify: '{ gather: 2s }',
  drives: '{ rescan: 5s }',
  uploads: '{ abandon: 3m }',
  retention: '{ arrivals: 6m, outbound: 4m, warn: [1m], aside: 2m, extension: 1m }',
} as const;

/** Makes it, with no daemon yet. */
export async function makeHaven(dice: Dice): Promise<Haven> {
  const work = await mkdtemp(join(tmpdir(), 'havengate-soak-'));
  const scanner = await startScanner(join(work, 'clamd'));
  const time = await makeFakeTime();
  const [outside = 0, inside = 0, portal = 0, portalInside = 0] = await choosePorts(dice, 4);
  const door = (kind: string, side: string, port: number, more = '') =>
    `{ kind: ${kind}, side: ${side}, listen: 127.0.0.1:${port}${more} }`;
  const doors = [
    door('sftp', 'outside', outside, ', sign_in: [publickey, password]'),
    door('sftp', 'inside', inside, ', sign_in: [publickey, password]'),
    door('portal', 'outside', portal),
    door('portal', 'inside', portalInside),
  ];
  const anchors = `[{ kind: file, path: ${join(work, 'checkpoints')} }]`;
  const settings = {
    ...SETTINGS,
    scan: `{ clamd: ${scanner.socket} }`,
    audit: `{ checkpoint: 20s, anchors: ${anchors} }`,
  };
  const site = await makeInstallation(settings, { HAVENGATE_DOORS: `[${doors.join(', ')}]` });
  const disks = MAY_MOUNT
    ? {
        state: await mountSmallDisk(site.dir, 400 * MIB),
        data: await mountSmallDisk(join(site.dir, 'data'), ROOM_FOR_BYTES),
      }
    : null;
  await mkdir(join(work, 'logs'));
  let [daemon, starts]: [Daemon | null, number] = [null, 0];
  let hasFailedSync = false;

  const noteEnd = async () => {
    const ended = daemon;
    daemon = null;
    if (ended === null) return;
    const lines = ended.log.map((line) => JSON.stringify(line)).join('\n');
    await writeFile(join(work, 'logs', `daemon-${starts}.log`), `${lines}\n${ended.stderr()}`);
  };
  return {
    site,
    work,
    scanner,
    time,
    disks,
    ports: { outside, inside, portal },
    get daemon() {
      return daemon;
    },
    get starts() {
      return starts;
    },
    get hasFailedSync() {
      return hasFailedSync;
    },
    noteFailedSync() {
      hasFailedSync = true;
    },
    async start(env) {
      starts++;
      hasFailedSync = false;
      const began = performance.now();
      daemon = await startDaemon(site, env, [], LONGEST_START_MS);
      await appendFile(
        join(work, 'logs', 'starts'),
        `${starts} ready in ${Math.round(performance.now() - began)} ms\n`,
      );
      return daemon;
    },
    async end(signal) {
      const ending = daemon;
      if (ending === null) return;
      const timer = setTimeout(() => void ending.end('SIGKILL'), LONGEST_STOP_MS);
      const end = await ending.end(signal);
      clearTimeout(timer);
      await noteEnd();
      if (signal === 'SIGTERM' && end.code !== 0)
        throw new BrokenPromise('a daemon that is told to stop stops in order', [
          `it ended with ${end.code ?? end.signal}`,
        ]);
    },
    noteEnd,
    async remove(keep) {
      await daemon?.end('SIGKILL');
      await noteEnd();
      await scanner.remove();
      await time.remove();
      // A verb that was cut off may just take its files away: all others are kept.
      if (keep)
        spawnSync('cp', ['-a', site.dir, join(work, 'site')], { stdio: ['ignore', 'ignore', 'inherit'] });
      disks?.data.unmount();
      disks?.state.unmount();
      await site.remove();
      if (keep) return;
      await rm(work, { recursive: true, force: true });
    },
  };
}
