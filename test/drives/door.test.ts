import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CustodyFile } from '../../src/core/custody/file.ts';
import { createRescanTimes, pauseAfter } from '../../src/doors/drives/rescan-times.ts';
import { type RunningDrives, startDrives } from '../../src/doors/drives/start-drives.ts';
import { eventually } from '../jobs/eventually.ts';
import { type DrivesSite, makeDrivesSite } from './drives-site.ts';

const HOUR = 3_600_000;

let site: DrivesSite;
let running: RunningDrives | null = null;

beforeEach(async () => {
  site = await makeDrivesSite();
});

afterEach(async () => {
  await running?.stop();
  running = null;
  await site[Symbol.asyncDispose]();
});

function start(rescan: number, watches: number): RunningDrives {
  const policy = { grace: 300, users: site.users };
  running = startDrives({
    intake: site.intake,
    policy,
    rescan,
    watches,
    arrivals: join(site.data, 'arrivals'),
  });
  return running;
}

async function started(rescan: number, watches: number): Promise<RunningDrives> {
  const drives = start(rescan, watches);
  await eventually('the first round is over', () => drives.counts().lastRescan !== null);
  return drives;
}

function becomes(file: CustodyFile, state: CustodyFile['state']): Promise<void> {
  return eventually(`it is ${state}`, async () => (await site.file(file.id)).state === state);
}

/** How many watches of inotify this process has. */
function inotifyWatches(): number {
  return readdirSync('/proc/self/fdinfo')
    .map((fd) => {
      try {
        return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n')
    .split('\n')
    .filter((line) => line.startsWith('inotify ')).length;
}

describe('the drives', () => {
  test('look at everything at the start', async () => {
    await site.share('cohort');
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('mv arrivals/alice/scan.csv shares/cohort/');
    const drives = await started(HOUR, 0);
    expect((await site.file(file.id)).state).toBe('shared');
    expect(drives.counts()).toMatchObject({ homes: 1, watches: 0 });
  });

  test('see what happens by the watch, though the rescan is an hour away', async () => {
    await site.share('cohort');
    const moved = await site.arrive('deep/down/scan.csv', 'bytes');
    const deleted = await site.arrive('old.csv', 'old');
    await started(HOUR, 100);
    await site.desktop('mv arrivals/alice/deep/down/scan.csv shares/cohort/');
    await becomes(moved, 'shared');
    await site.desktop('rm arrivals/alice/old.csv');
    await becomes(deleted, 'removed');
    expect(await site.published()).toEqual([]);
  });

  test('see what happens in folders that were made after the start, and made anew', async () => {
    await site.arrive('here.csv', 'here');
    await started(HOUR, 100);
    for (const round of ['one', 'two']) {
      await site.desktop('mkdir -p arrivals/alice/new/er');
      await eventually('the new folder is watched', () => running?.counts().watches === 4);
      await site.desktop(`echo ${round} > arrivals/alice/new/er/${round}.csv`);
      await eventually('it is adopted', async () =>
        (await site.published()).some((line) => line.startsWith(`new/er/${round}.csv`)),
      );
      await site.desktop('rm -r arrivals/alice/new');
      await eventually('it is removed', async () => (await site.published()).length === 1);
      await eventually('it is watched no more', () => running?.counts().watches === 2);
    }
    expect(await site.published()).toEqual(['/here.csv sftp arrived']);
  });

  test('see a home that is made after the start', async () => {
    await started(HOUR, 100);
    await site.arrive('first.csv', 'first');
    await eventually('the home is watched', () => running?.counts().watches === 2);
    await site.desktop('mv arrivals/alice/first.csv arrivals/alice/1.csv');
    await eventually('the rename is seen', async () => (await site.published())[0] === '/1.csv sftp arrived');
    expect(await site.published()).toHaveLength(1);
  });

  test('find everything without any watch, at the next round', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    await started(200, 0);
    await site.desktop('rm arrivals/alice/scan.csv');
    await becomes(file, 'removed');
    expect(await site.published()).toEqual([]);
  });

  test('watch no more folders than they may, say so once, and find the rest by the rescan', async () => {
    const before = inotifyWatches();
    for (const folder of ['1', '2', '3', '4', '5']) await site.arrive(`${folder}/scan.csv`, folder);
    const drives = await started(200, 4);
    const { lastRescan } = drives.counts();
    await eventually('there was another round', () => drives.counts().lastRescan !== lastRescan);
    expect(drives.counts().watches).toBe(4);
    expect(inotifyWatches() - before).toBeLessThanOrEqual(4);
    expect(site.log.of('drives-watch-limit')).toMatchObject([{ fields: { watches: 4 } }]);
    await site.desktop('rm arrivals/alice/*/scan.csv');
    await eventually('all are removed', async () => (await site.published()).length === 0);
  });

  test('keep one watch for a folder, whatever the number of its files, and none when they stop', async () => {
    const before = inotifyWatches();
    await site.desktop('mkdir arrivals/alice && touch arrivals/alice/{1..300}.csv');
    const drives = await started(HOUR, 100);
    await eventually('they are adopted', async () => (await site.published()).length === 300);
    expect(inotifyWatches() - before).toBe(2);
    await drives.stop();
    expect(inotifyWatches() - before).toBe(0);
  });

  test('go on with the others when a look fails, and try again', async () => {
    const bob = await site.person('bob');
    const [one, two] = [
      await site.arrive('scan.csv', 'bytes'),
      await site.arrive('scan.csv', 'bytes', { owner: bob }),
    ];
    const { drives } = site.intake.zones;
    const walk = drives.walk.bind(drives);
    let isUnwell = true;
    Object.assign(drives, {
      walk: (...args: Parameters<typeof walk>) => {
        const [tree] = args;
        if (isUnwell && tree.kind === 'arrivals' && tree.account === 'alice') throw new Error('a bad disk');
        return walk(...args);
      },
    });
    await site.desktop('rm arrivals/*/scan.csv');
    await started(200, 0);
    await becomes(two, 'removed');
    expect((await site.file(one.id)).state).toBe('arrived');
    expect(site.log.of('drive-rescan-failed')[0]?.fields).toMatchObject({ account: site.alice.id });
    isUnwell = false;
    await becomes(one, 'removed');
  });
});

describe('when a home is looked at', () => {
  test('a hint waits for a quiet moment, but not for ever', () => {
    const times = createRescanTimes(10);
    let now = 0;
    do times.hint('alice', (now += 100));
    while (times.take(now) === null && now < 20_000);
    expect(now).toBeGreaterThan(500);
    expect(now).toBeLessThanOrEqual(5100);
  });

  test('a long look makes the next one wait for nine times as long', () => {
    const times = createRescanTimes(10);
    times.took('alice', 10_000, 1000);
    times.hint('alice', 10_000);
    expect(times.take(10_000 + 8999)).toBeNull();
    expect(times.take(10_000 + 9000)).toBe('alice');
    expect(pauseAfter(60_000)).toBe(540_000);
  });

  test('hints beyond what is remembered are left to the round', () => {
    const times = createRescanTimes(1);
    times.hint('alice', 0);
    times.hint('bob', 0);
    expect([times.take(9000), times.take(9000)]).toEqual(['alice', null]);
  });
});
