import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Intake } from '../../../src/core/custody/custody.ts';
import { arrivalsDrop } from '../../../src/core/custody/file.ts';
import { placeHold } from '../../../src/core/custody/retention/hold.ts';
import { lookUpArrival } from '../../../src/core/custody/shares/arrivals-view.ts';
import { listWorking } from '../../../src/core/custody/shares/list-share.ts';
import { lookUpWorking } from '../../../src/core/custody/shares/look-in-share.ts';
import { moveFile } from '../../../src/core/custody/shares/move-file.ts';
import { moveFolderToShare } from '../../../src/core/custody/shares/move-folder.ts';
import type { MoveTarget } from '../../../src/core/custody/shares/move-refusal.ts';
import { moveToShare } from '../../../src/core/custody/shares/move-to-share.ts';
import type { SharesZone } from '../../../src/core/custody/shares/ports.ts';
import { removeUnbegunFolders } from '../../../src/core/custody/shares/unbegun-folders.ts';
import type { AccountId, FileId } from '../../../src/core/kit/ids.ts';
import { arrive, at, folder, moveTo, record } from '../../ledger/fixtures.ts';
import { done, type Haven, makeHaven, place } from './haven.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven();
  await haven.arrive('alice', 'study/a.csv', 'aaa');
  await haven.arrive('alice', 'study/deep/er/b.csv', 'bbb');
  await haven.arrive('alice', 'study-2/c.csv', 'ccc');
});

afterEach(() => haven.close());

const moveStudy = (to: MoveTarget = place('cohort/new'), intake: Intake = haven.intake) =>
  moveFolderToShare(intake, haven.mover('alice'), folder('study'), to);

const states = async () => {
  const files = await haven.ledger.listFiles({ owner: haven.people.alice, limit: 1000 });
  return Object.fromEntries(files.map(({ path, state }) => [path.name, state]));
};

function withShares(changes: Partial<SharesZone>): Intake {
  const { zones } = haven.intake;
  return { ...haven.intake, zones: { ...zones, shares: { ...zones.shares, ...changes } } };
}

const onDisk = (path: string) => readFile(haven.at('shares', path), 'utf8');

/** Nothing of a refused move is left: not in the ledger, not on disk. */
async function expectNothingMoved(): Promise<void> {
  const all = await states();
  expect(Object.values(all).filter((state) => state !== 'arrived')).toEqual([]);
  expect(await readdir(haven.at('shares/cohort'))).toEqual(
    (await readdir(haven.at('shares/cohort'))).filter((name) => name.startsWith('.havengate')),
  );
}

describe('a folder of Arrivals', () => {
  test('is moved with everything in it, and nothing beside it', async () => {
    expect(done(await moveStudy())).toEqual({ files: 2, done: true });
    expect(await onDisk('cohort/new/a.csv')).toBe('aaa');
    expect(await onDisk('cohort/new/deep/er/b.csv')).toBe('bbb');
    expect(await states()).toEqual({ 'a.csv': 'shared', 'b.csv': 'shared', 'c.csv': 'arrived' });
    expect(await readdir(haven.at('arrivals/alice'))).toEqual(['study-2']);
    const gone = await lookUpArrival(haven.intake, haven.session('alice'), folder('study'));
    expect(gone).toMatchObject({ refusal: 'not-found' });
  });

  test('is moved as a part of another, into folders that are there', async () => {
    await mkdir(haven.at('shares/cohort/here'));
    const moved = await moveFolderToShare(
      haven.intake,
      haven.mover('alice'),
      folder('study/deep'),
      place('cohort/here/deep'),
    );
    expect(done(moved)).toEqual({ files: 1, done: true });
    expect(await onDisk('cohort/here/deep/er/b.csv')).toBe('bbb');
    expect(await states()).toMatchObject({ 'a.csv': 'arrived', 'b.csv': 'shared' });
  });

  test('makes the folders on the way where it is told to', async () => {
    expect(await moveStudy(place('cohort/x/y/new'))).toMatchObject({ refusal: 'folder-missing' });
    await expectNothingMoved();
    done(await moveStudy({ ...place('cohort/x/y/new'), makeFolders: true }));
    expect(await onDisk('cohort/x/y/new/a.csv')).toBe('aaa');
  });

  test('on another file system is there at once for its members, and carried by jobs', async () => {
    const intake = withShares({ canLink: async () => false });
    expect(done(await moveStudy(undefined, intake))).toEqual({ files: 2, done: false });
    expect(haven.hints.map(({ job }) => job)).toEqual(['move-file', 'move-file']);
    const bob = haven.session('bob');
    expect(await lookUpWorking(haven.intake, bob, place('cohort/new/deep/er/b.csv'))).toMatchObject({
      value: { size: 3 },
    });
    const listing = done(await listWorking(haven.intake, bob, place('cohort/new'), 10));
    const first = done(await listing.next());
    const second = done(await listing.next());
    expect([...first, ...second].map(({ name }) => name).toSorted()).toEqual(['a.csv', 'deep']);
    await listing.close();
    for (const hint of haven.hints) if (hint.job === 'move-file') await moveFile(haven.intake, hint.ref);
    expect(await onDisk('cohort/new/deep/er/b.csv')).toBe('bbb');
    expect(await states()).toMatchObject({ 'a.csv': 'shared', 'b.csv': 'shared' });
  });

  test('of more than 100 files is carried by jobs', async () => {
    for (let i = 0; i < 100; i++) await haven.arrive('alice', `study/${i}.csv`);
    expect(done(await moveStudy())).toEqual({ files: 102, done: false });
    expect(haven.hints).toHaveLength(102);
  });

  test('gives back what cannot be carried after all, with a mail, and moves the rest', async () => {
    const { shares } = haven.intake.zones;
    const some: SharesZone['carry'] = async (carriage, onCopied) => {
      if (carriage.to.name !== 'a.csv') return shares.carry(carriage, onCopied);
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    const moved = done(await moveStudy(undefined, withShares({ carry: some })));
    expect(moved).toEqual({ files: 2, done: false });
    expect(await states()).toMatchObject({ 'a.csv': 'arrived', 'b.csv': 'shared' });
    expect(await haven.ledger.pendingNotices(haven.people.alice, 9)).toMatchObject([
      { kind: 'move-returned' },
    ]);
  });
});

const cohort = async () => ({ share: (await haven.ledger.shareByName('cohort'))!.id });

/** Places a hold when the first folder is made in the share: after everything was looked at. */
function holdingLater(account: AccountId | null, file: { readonly id: FileId } | null = null): Intake {
  const { ledger, clock } = haven.intake;
  const { shares } = haven.intake.zones;
  let placed = false;
  return withShares({
    async makeFolder(where) {
      if (!placed) {
        placed = true;
        const target =
          file === null
            ? ({ kind: 'account', account: account! } as const)
            : ({ kind: 'file', file: file.id } as const);
        const request = { target, reason: 'an inquiry', by: haven.people.bob };
        done(await placeHold({ ledger, clock }, { kind: 'console' }, request));
      }
      return shares.makeFolder(where);
    },
  });
}

describe('a refused move of a folder moves nothing', () => {
  test('when something has the name: a folder, also an empty one, a file, or a move', async () => {
    await mkdir(haven.at('shares/cohort/new'));
    expect(await moveStudy()).toMatchObject({ refusal: 'is-a-folder' });
    expect((await stat(haven.at('shares/cohort/new'))).isDirectory()).toBe(true);
    expect(Object.values(await states())).toEqual(['arrived', 'arrived', 'arrived']);
  });

  test('when a folder of the name is made after the look', async () => {
    const { shares } = haven.intake.zones;
    const late: SharesZone['makeFolder'] = async (where) => {
      await mkdir(haven.at('shares/cohort/new')).catch(() => undefined);
      return shares.makeFolder(where);
    };
    expect(await moveStudy(undefined, withShares({ makeFolder: late }))).toMatchObject({
      refusal: 'exists',
    });
    expect(Object.values(await states())).toEqual(['arrived', 'arrived', 'arrived']);
  });

  test('when a hold covers a file in it, which is named', async () => {
    const held = (await haven.ledger.arrivalAt(
      { owner: haven.people.alice, leavesBy: null },
      at('study/deep/er/b.csv'),
    ))!;
    const { ledger, clock } = haven.intake;
    const target = { kind: 'file', file: held.id } as const;
    const request = { target, reason: 'an inquiry', by: haven.people.bob };
    done(await placeHold({ ledger, clock }, { kind: 'console' }, request));
    const untouched = withShares({ makeFolder: () => Promise.reject(new Error('the disk was touched')) });
    const refused = await moveStudy(undefined, untouched);
    expect(refused).toMatchObject({
      refusal: 'held-back',
      detail: expect.stringContaining('"study/deep/er/b.csv"'),
    });
    await expectNothingMoved();
  });

  test('when a hold comes between the look and the move', async () => {
    const refused = await moveStudy(undefined, holdingLater(haven.people.alice));
    expect(refused).toMatchObject({ refusal: 'held-back' });
    await expectNothingMoved();
  });

  test('when the hold covers only a file of a later batch', async () => {
    await haven.ledger.addFolder(arrivalsDrop(haven.people.alice), folder('many'), 1, record('folder-made'));
    let last = null;
    for (let i = 0; i <= 500; i++) last = await arrive(haven.ledger, haven.people.alice, `many/${i}.csv`);
    const moved = await moveFolderToShare(
      holdingLater(null, last),
      haven.mover('alice'),
      folder('many'),
      place('cohort/new'),
    );
    expect(moved).toMatchObject({ refusal: 'held-back', detail: expect.stringContaining('"many/500.csv"') });
    await expectNothingMoved();
    expect(await haven.ledger.movingInto({ ...(await cohort()), folder: folder('new') }, 10)).toEqual([]);
    expect(await haven.ledger.pendingNotices(haven.people.alice, 10)).toEqual([]);
  });

  test('when a file in it is being moved already', async () => {
    const intake = withShares({ canLink: async () => false });
    done(await moveToShare(intake, haven.mover('alice'), at('study/a.csv'), place('cohort/elsewhere.csv')));
    expect(await moveStudy()).toMatchObject({
      refusal: 'not-arrived',
      detail: expect.stringContaining('"study/a.csv"'),
    });
    expect(await states()).toMatchObject({ 'b.csv': 'arrived' });
  });

  test('without the right, of all of Arrivals, of what is not there, and to the top of a share', async () => {
    const move = (from: string, to: string) =>
      moveFolderToShare(haven.intake, haven.mover('alice'), folder(from), place(to));
    expect(await move('study', 'other/new')).toMatchObject({ refusal: 'share-unknown' });
    expect(await move('', 'cohort/new')).toMatchObject({ refusal: 'is-the-top' });
    expect(await move('none', 'cohort/new')).toMatchObject({ refusal: 'not-found' });
    expect(await move('study', 'cohort')).toMatchObject({ refusal: 'is-the-top' });
    const deep = Array.from({ length: 11 }, () => 'y'.repeat(250)).join('/');
    const target = { ...place(`cohort/${'x'.repeat(230)}/${deep}`), makeFolders: true } as const;
    expect(await moveStudy(target)).toMatchObject({ refusal: 'path-too-long' });
    await haven.allow('alice', 'cohort', 'read');
    expect(await move('study', 'cohort/new')).toMatchObject({ refusal: 'no-right' });
  });
});

describe('a move of a folder that is cut off before it begins', () => {
  /** As a kill leaves it: the folders are made, and no row was written after them. */
  async function cutOff(to?: MoveTarget): Promise<void> {
    const { ledger } = haven.intake;
    const never = () => Promise.reject(new Error('the daemon was killed'));
    const killed = { ...haven.intake, ledger: { ...ledger, moveFiles: never, dropMark: never } };
    await expect(moveStudy(to, killed)).rejects.toThrow('killed');
  }

  test('leaves no folder after the next start', async () => {
    await cutOff();
    expect(await readdir(haven.at('shares/cohort/new/deep'))).toEqual(['er']);
    expect(await removeUnbegunFolders(haven.intake)).toBe(3);
    await expectNothingMoved();
    expect(await removeUnbegunFolders(haven.intake)).toBe(0);
    expect(done(await moveStudy())).toEqual({ files: 2, done: true });
  });

  test('keeps the folders that were there, in which something is, or that somebody else owns', async () => {
    await mkdir(haven.at('shares/cohort/kept'));
    await cutOff({ ...place('cohort/kept/new'), makeFolders: true });
    await writeFile(haven.at('shares/cohort/kept/new/deep/mine.txt'), 'mine');
    expect(await removeUnbegunFolders(haven.intake)).toBe(1);
    expect(await readdir(haven.at('shares/cohort/kept/new/deep'))).toEqual(['mine.txt']);

    await cutOff(place('cohort/theirs'));
    const { shares } = haven.intake.zones;
    const asAnother: SharesZone['removeFolder'] = async (where, only) =>
      only === 'ours' ? { ok: false, refusal: 'not-found' } : shares.removeFolder(where);
    expect(await removeUnbegunFolders(withShares({ removeFolder: asAnother }))).toBe(0);
    expect(await readdir(haven.at('shares/cohort/theirs'))).toEqual(['deep']);
  });

  test('keeps the folder that a file of a move that has begun is on its way to', async () => {
    await cutOff();
    const file = (await haven.ledger.listFiles({ owner: haven.people.alice, limit: 10 })).find(
      ({ path }) => path.name === 'a.csv',
    );
    if (file === undefined) throw new Error('there is no a.csv');
    const share = await haven.ledger.shareByName('cohort');
    if (share === null) throw new Error('there is no share');
    await haven.ledger.moveFile(moveTo(file.id, share.id, 'new/a.csv'));
    expect(await removeUnbegunFolders(haven.intake)).toBe(2);
    expect(await readdir(haven.at('shares/cohort/new'))).toEqual([]);
  });
});
