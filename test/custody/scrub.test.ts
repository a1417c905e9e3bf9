import { open, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { arrivalsDrop, type CustodyFile } from '../../src/core/custody/file.ts';
import type { FolderPath } from '../../src/core/custody/names.ts';
import { listPublishedPage } from '../../src/core/custody/published-view.ts';
import type { ScrubZone } from '../../src/core/custody/scrub/ports.ts';
import { type ScrubRun, scrubDue, scrubThese } from '../../src/core/custody/scrub/scrub.ts';
import { createScrubPace, UNPACED } from '../../src/core/custody/scrub/scrub-pace.ts';
import { lookUpArrival, openArrival } from '../../src/core/custody/shares/arrivals-view.ts';
import { moveToShare } from '../../src/core/custody/shares/move-to-share.ts';
import { openWorking } from '../../src/core/custody/shares/open-working.ts';
import { renameWorking } from '../../src/core/custody/shares/rename-working.ts';
import { DAY, SECOND } from '../../src/core/kit/clock.ts';
import type { Result } from '../../src/core/kit/result.ts';
import { at, NOW } from '../ledger/fixtures.ts';
import { done, type Haven, makeHaven, place } from './shares/haven.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven();
});

afterEach(async () => haven.close());

const READ = { read: true, write: false, create: false, exclusive: false, truncate: false };
const TEXT = 'a,b\n1,2\n';

/** Turns one bit over and sets the modification time back, as a disk does that forgets. */
async function turnOver(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 2);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 4]), 0, 1, 2);
  await file.close();
  await utimes(path, atime, mtime);
}

function scrub(...files: readonly CustodyFile[]): Promise<ScrubRun> {
  return scrubThese(haven.intake, files, UNPACED);
}

async function scrubNow({ id }: CustodyFile): Promise<ScrubRun['found']> {
  return (await scrub(await haven.file(id))).found;
}

async function share(text = TEXT): Promise<{ file: CustodyFile; path: string }> {
  const file = await haven.arrive('alice', 'scan.csv', text);
  const moved = await moveToShare(haven.intake, haven.mover('alice'), file, place('cohort/scan.csv'));
  expect(moved).toMatchObject({ ok: true, value: { done: true } });
  return { file: await haven.file(file.id), path: haven.at('shares/cohort/scan.csv') };
}

/** The disk has turned a bit over: the inode is now as it was when the bytes were last known to be right. */
async function asIfUnchanged({ id }: CustodyFile): Promise<void> {
  const now = await haven.intake.zones.drives.look({ kind: 'share', share: 'cohort' }, at('scan.csv'));
  await haven.ledger.noteScrubbed(await haven.file(id), 1, now?.stamp ?? null);
}

/** A day after everything came. */
function later(): Haven['intake'] {
  return { ...haven.intake, clock: { ...haven.intake.clock, now: () => NOW + DAY } };
}

/** What the checker says but for invariant 2: the files of this haven came without a verdict and a receipt. */
async function faults(): Promise<readonly string[]> {
  const { findings } = await checkCustody(haven.intake);
  return findings
    .filter(({ severity, invariant }) => severity === 'fault' && invariant !== 2)
    .map(({ message }) => message);
}

async function sizeOf(opened: Promise<Result<{ readonly size: number; close(): Promise<unknown> }, string>>) {
  const reader = done(await opened);
  await reader.close();
  return reader.size;
}

test('a bit that was turned over in Arrivals is found: the file is held, told, and given to nobody', async () => {
  const file = await haven.arrive('alice', 'scan.csv', TEXT);
  const [path, alice] = [haven.at('arrivals/alice/scan.csv'), haven.session('alice')];
  expect(await scrubNow(file)).toEqual({ sound: 1 });
  const before = done(await openArrival(haven.intake, alice, at('scan.csv')));
  await turnOver(path);
  expect(await scrub(await haven.file(file.id))).toMatchObject({ found: { damaged: 1 }, damaged: [file.id] });

  expect(await haven.file(file.id)).toMatchObject({
    state: 'held',
    zone: 'arrivals',
    reason: 'bytes-corrupt',
  });
  expect(await openArrival(haven.intake, alice, at('scan.csv'))).toMatchObject({ refusal: 'damaged' });
  haven.pass(SECOND);
  expect(await before.read(Buffer.alloc(8), 0)).toMatchObject({ ok: false, refusal: 'damaged' });
  await before.close();
  // Who names it reads why not; no listing has it.
  expect(await lookUpArrival(haven.intake, alice, 'scan.csv' as FolderPath)).toMatchObject({ ok: true });
  const listed = { after: null, limit: 10 };
  expect(
    await listPublishedPage(haven.ledger, arrivalsDrop(haven.people.alice), '' as FolderPath, listed),
  ).toEqual({ ok: true, value: [] });
  // Nor does a mounted drive give it away; nothing was deleted.
  expect((await stat(path)).mode & 0o777).toBe(0o400);
  expect(await readFile(path)).toHaveLength(TEXT.length);
  expect(await faults()).toEqual([
    expect.stringContaining('its bytes in arrivals are not those of its digest'),
  ]);
  const [told] = await haven.audited('file-damaged');
  expect(told).toMatchObject({ data: { sha256: file.sha256, zone: 'arrivals', inodeUnchanged: false } });
  const notices = await haven.ledger.pendingNotices(haven.people.alice, 10);
  expect(notices.map(({ kind }) => kind)).toContain('file-damaged');

  // It is told once.
  expect(await scrubNow(file)).toEqual({ damaged: 1 });
  expect(await haven.audited('file-damaged')).toHaveLength(1);
});

test('what was put back from a backup is there again', async () => {
  const file = await haven.arrive('alice', 'scan.csv', TEXT);
  const path = haven.at('arrivals/alice/scan.csv');
  await turnOver(path);
  expect(await scrubNow(file)).toEqual({ damaged: 1 });
  await unlink(path);
  await writeFile(path, TEXT, { mode: 0o400 });
  expect(await scrubNow(file)).toEqual({ mended: 1 });
  expect(await haven.file(file.id)).toMatchObject({ state: 'arrived', reason: null, damagedAt: null });
  expect((await stat(path)).mode & 0o777).toBe(0o440);
  expect(await sizeOf(openArrival(haven.intake, haven.session('alice'), at('scan.csv')))).toBe(TEXT.length);
  expect(await faults()).toEqual([]);
});

test('a disk that does not give the bytes any more has damaged them too', async () => {
  const file = await haven.arrive('alice', 'scan.csv', TEXT);
  const { zones } = haven.intake;
  const failing: ScrubZone = {
    async open(where) {
      const reader = await zones.scrub.open(where);
      if (reader === null) return null;
      return {
        ...reader,
        async *pieces() {
          yield Buffer.alloc(0);
          throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
        },
      };
    },
  };
  const intake = { ...haven.intake, zones: { ...zones, scrub: failing } };
  expect((await scrubThese(intake, [file], UNPACED)).found).toEqual({ damaged: 1 });
  expect(await haven.audited('file-damaged')).toMatchObject([{ data: { found: 'unreadable' } }]);
});

test('a bit that was turned over in a share, while nobody changed the file, is damage', async () => {
  const { file, path } = await share();
  expect(file.stamp).not.toBeNull();
  expect(await scrubNow(file)).toEqual({ sound: 1 });
  await turnOver(path);
  await asIfUnchanged(file);
  expect(await scrubNow(file)).toEqual({ damaged: 1 });
  const alice = haven.session('alice');
  const read = () => openWorking(haven.intake, alice, place('cohort/scan.csv'), READ);
  expect(await read()).toMatchObject({ ok: false, refusal: 'damaged' });
  expect((await stat(path)).mode & 0o777).toBe(0o400);
  expect(await faults()).toEqual([expect.stringContaining('its bytes in share are not those of its digest')]);
  // Nor under another name.
  done(await renameWorking(haven.intake, alice, place('cohort/scan.csv'), place('cohort/other.csv'), false));
  expect(await openWorking(haven.intake, alice, place('cohort/other.csv'), READ)).toMatchObject({
    refusal: 'damaged',
  });
  // Who may write there may take it away; then nothing is left to be decided.
  await unlink(haven.at('shares/cohort/other.csv'));
  expect(await scrubNow(file)).toEqual({ 'let-go': 1 });
  expect(await faults()).toEqual([]);
});

test('what people change in a share is a working file from then on, and never looked at again', async () => {
  const { file, path } = await share();
  await writeFile(path, 'other,bytes\n');
  const due = () => scrubDue(later(), NOW + DAY, UNPACED);
  expect((await due()).found).toEqual({ 'let-go': 1 });
  expect(await haven.file(file.id)).toMatchObject({ state: 'shared', reason: 'changed-since', stamp: null });
  expect(await haven.audited('shared-file-let-go')).toMatchObject([{ data: { reason: 'changed-since' } }]);
  expect(
    await sizeOf(openWorking(haven.intake, haven.session('alice'), place('cohort/scan.csv'), READ)),
  ).toBe(12);
  expect(await due()).toMatchObject({ files: 0 });
  expect(await faults()).toEqual([]);
});

test('a touched file of a share that has the same bytes is looked at further', async () => {
  const { file, path } = await share();
  await utimes(path, 1, 1);
  expect(await scrubNow(file)).toEqual({ sound: 1 });
  const touched = await haven.file(file.id);
  expect(touched.stamp).not.toBe(file.stamp);
  expect(touched.reason).toBeNull();
});

test('another file under the name of an arrived one is no damage of its bytes, and left to the doctor', async () => {
  const file = await haven.arrive('alice', 'scan.csv', TEXT);
  await haven.ledger.noteScrubbed(file, 1, null);
  const path = haven.at('arrivals/alice/scan.csv');
  const mark = await haven.intake.zones.arrivals.markOf({ home: ['alice'], path: at('scan.csv') });
  expect((await haven.file(file.id)).inode).toBe(mark);
  await writeFile(haven.at('new.csv'), 'x,y\n3,4\n', { mode: 0o440 });
  await rename(haven.at('new.csv'), path);
  expect(await scrubNow(file)).toEqual({ changed: 1 });
  expect((await haven.file(file.id)).state).toBe('arrived');
  expect(await faults()).toEqual([expect.stringContaining('another file stands under its name')]);
});

test('a run reads what is due, the longest ago first, and the next one goes on where it was', async () => {
  const names = ['one.csv', 'two.csv', 'three.csv'];
  for (const name of names) await haven.arrive('alice', name, `the bytes of ${name}`);
  const before = NOW + DAY;
  let files = 0;
  const two = { ...UNPACED, next: async () => files++ < 2 };
  expect(await scrubDue(later(), before, two)).toMatchObject({ files: 2, found: { sound: 2 } });
  const noted = (await haven.ledger.filesToScrub(before, 10)).filter((file) => file.scrubbedAt === null);
  expect(noted.map(({ path }) => path.name)).toEqual(['three.csv']);
  const seen: string[] = [];
  const { scrub: zone } = haven.intake.zones;
  const watching: ScrubZone = {
    open: (where) => {
      if (where.zone === 'arrivals') seen.push(where.name.path.name);
      return zone.open(where);
    },
  };
  const intake = { ...later(), zones: { ...haven.intake.zones, scrub: watching } };
  files = 1;
  await scrubDue(intake, before, two);
  expect(seen).toEqual(['three.csv']);
  // All were read since: nothing is due.
  expect(await scrubDue(haven.intake, 1, UNPACED)).toMatchObject({ files: 0 });
});

test('a pace keeps to its rate, to a quarter of it while others wait, and ends when it is stopped', async () => {
  let [now, busy, stopped] = [0, false, false];
  const pace = createScrubPace({
    rate: 1000,
    isBusy: async () => busy,
    isStopped: () => stopped,
    monotonic: () => now,
    wait: async (time) => void (now += time),
  });
  for (let piece = 0; piece < 10; piece++) expect(await pace.took(500)).toBe(true);
  expect(now).toBeCloseTo(5000, -2);
  busy = true;
  now += 2000;
  const since = now;
  for (let piece = 0; piece < 4; piece++) await pace.took(500);
  expect(now - since).toBeCloseTo(8000, -2);
  stopped = true;
  expect(await pace.next()).toBe(false);
  expect(await pace.took(1)).toBe(false);
});
