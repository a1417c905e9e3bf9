import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccountName } from '../../src/core/accounts/account.ts';
import { clearAirlock } from '../../src/core/custody/clear-airlock.ts';
import type { Custody } from '../../src/core/custody/custody.ts';
import type { CustodyFile } from '../../src/core/custody/file.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { arrivalPath, IS_ROOT } from '../zones/zone-fixtures.ts';
import { type DrivesSite, makeDrivesSite } from './drives-site.ts';

let site: DrivesSite;

beforeEach(async () => {
  site = await makeDrivesSite();
});

afterEach(async () => site[Symbol.asyncDispose]());

async function lastEvent(file: CustodyFile): Promise<string | undefined> {
  return (await site.events(file.id)).at(-1)?.type;
}

describe('a rename in Arrivals', () => {
  test('is found by the inode, at the first look, and the file keeps its clock', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('mkdir arrivals/alice/mine && mv arrivals/alice/scan.csv arrivals/alice/mine/old.csv');
    const digest = () => Promise.reject(new Error('nothing has to be read'));
    Object.assign(site.intake.zones.drives, { digest });
    expect(await site.look()).toEqual({ again: false, files: 1 });
    expect(await site.published()).toEqual(['mine/old.csv sftp arrived']);
    const now = await site.file(file.id);
    expect(now).toMatchObject({
      inode: file.inode,
      expiresAt: file.expiresAt,
      generation: file.generation + 1,
    });
    expect(await lastEvent(file)).toBe('arrival-moved-by-drive');
    expect(await site.look()).toEqual({ again: false, files: 1 });
    expect((await site.file(file.id)).generation).toBe(now.generation);
  });

  test('of a folder takes all of its files along', async () => {
    await site.arrive('a/one.csv', 'one');
    await site.arrive('a/b/two.csv', 'two');
    await site.desktop('mv arrivals/alice/a arrivals/alice/z');
    await site.look();
    expect(await site.published()).toEqual(['z/b/two.csv sftp arrived', 'z/one.csv sftp arrived']);
  });

  test('in a circle ends with everything under its new name', async () => {
    const files = [
      await site.arrive('1', 'one'),
      await site.arrive('2', 'two'),
      await site.arrive('3', 'three'),
    ];
    await site.desktop('cd arrivals/alice && mv 1 x && mv 3 1 && mv 2 3 && mv x 2');
    expect((await site.look()).again).toBe(false);
    const names = await Promise.all(files.map(async ({ id }) => (await site.file(id)).arrival?.name));
    expect(names).toEqual(['2', '3', '1']);
  });

  test('over another file removes that one, once it was missing twice', async () => {
    const kept = await site.arrive('new.csv', 'new');
    const lost = await site.arrive('old.csv', 'old');
    await site.desktop('mv arrivals/alice/new.csv arrivals/alice/old.csv');
    expect((await site.look()).again).toBe(true);
    expect((await site.file(lost.id)).state).toBe('arrived');
    await site.lookTwice();
    expect((await site.file(lost.id)).state).toBe('removed');
    expect((await site.file(kept.id)).arrival?.name).toBe('old.csv');
  });

  test('of a row without an inode is found by its bytes', async () => {
    const file = await site.arrive('scan.csv', 'bytes', { unmarked: true });
    expect(await site.look()).toEqual({ again: false, files: 1 });
    await site.desktop('mv arrivals/alice/scan.csv arrivals/alice/other.csv');
    await site.look();
    expect((await site.file(file.id)).arrival?.name).toBe('other.csv');
    expect((await site.file(file.id)).inode).not.toBeNull();
  });
});

describe('what goes to a share', () => {
  test('by rename is a working file at the first look, wherever it went', async () => {
    const share = await site.share('cohort', []);
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('mkdir shares/cohort/raw && mv arrivals/alice/scan.csv shares/cohort/raw/s.csv');
    await site.desktop('echo more >> shares/cohort/raw/s.csv');
    expect(await site.look()).toEqual({ again: false, files: 0 });
    expect(await site.file(file.id)).toMatchObject({
      state: 'shared',
      zone: 'share',
      working: { share: share.id, folder: 'raw', name: 's.csv' },
    });
    expect(await lastEvent(file)).toBe('file-shared-by-drive');
  });

  test('by copy and deletion is found by size and digest', async () => {
    const share = await site.share('cohort');
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop(
      'echo -n bytez > shares/cohort/decoy && cp arrivals/alice/scan.csv shares/cohort/copy.csv',
    );
    expect((await site.look()).again).toBe(false);
    expect((await site.file(file.id)).state).toBe('arrived');
    await site.desktop('rm arrivals/alice/scan.csv');
    await site.look();
    expect(await site.file(file.id)).toMatchObject({
      state: 'shared',
      working: { share: share.id, folder: '', name: 'copy.csv' },
    });
  });

  test('is not what somebody else has moved there, though the bytes be the same', async () => {
    const share = await site.share('cohort');
    const bob = await site.person('bob');
    const mine = await site.arrive('scan.csv', 'bytes');
    const theirs = await site.arrive('scan.csv', 'bytes', { owner: bob });
    await site.desktop('mv arrivals/bob/scan.csv shares/cohort/scan.csv && rm arrivals/alice/scan.csv');
    await site.lookTwice();
    expect((await site.file(mine.id)).state).toBe('removed');
    await site.look(bob);
    expect(await site.file(theirs.id)).toMatchObject({ state: 'shared', working: { share: share.id } });
  });

  test('is no older file that happens to hold the same bytes', async () => {
    await site.share('cohort');
    await site.desktop('echo -n bytes > shares/cohort/mine.csv');
    await new Promise((done) => setTimeout(done, 1100));
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('rm arrivals/alice/scan.csv');
    await site.lookTwice();
    expect((await site.file(file.id)).state).toBe('removed');
  });

  test('each copy accounts for one file', async () => {
    await site.share('cohort');
    const [one, two] = [await site.arrive('1.csv', 'bytes'), await site.arrive('2.csv', 'bytes')];
    await site.desktop('cp arrivals/alice/1.csv shares/cohort/ && rm arrivals/alice/*.csv');
    await site.lookTwice();
    expect((await site.file(one.id)).state).toBe('shared');
    expect((await site.file(two.id)).state).toBe('removed');
  });

  test('each copy accounts for one file in the same Arrivals, too', async () => {
    const files = [await site.arrive('1.csv', 'bytes'), await site.arrive('2.csv', 'bytes')];
    await site.desktop('cd arrivals/alice && cp 1.csv copy.csv && rm 1.csv 2.csv');
    await site.lookTwice();
    const states = await Promise.all(files.map(async ({ id }) => (await site.file(id)).state));
    expect(states.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['arrived', 'removed']);
    expect(await site.published()).toEqual(['/copy.csv sftp arrived']);
  });

  test.runIf(IS_ROOT)('on another file system is found too: mv copies and deletes', async () => {
    const share = await site.share('tmp');
    const file = await site.arrive('deep/scan.csv', 'bytes');
    await site.desktop('mount -t tmpfs -o mode=777 none shares/tmp');
    try {
      await site.desktop('mv arrivals/alice/deep/scan.csv shares/tmp/scan.csv');
      await site.look();
      const { state, working, inode } = await site.file(file.id);
      expect({ state, share: working?.share }).toEqual({ state: 'shared', share: share.id });
      expect(inode).not.toBe(file.inode);
    } finally {
      await site.desktop('umount shares/tmp');
    }
  });
});

describe('what is gone', () => {
  test('is removed when it was missing at two looks, some time apart', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('rm arrivals/alice/scan.csv');
    expect((await site.look()).again).toBe(true);
    site.pass(1000);
    await site.look();
    expect((await site.file(file.id)).state).toBe('arrived');
    site.pass(3000);
    expect((await site.look()).again).toBe(false);
    expect(await site.file(file.id)).toMatchObject({ state: 'removed', zone: 'gone' });
    expect(await lastEvent(file)).toBe('file-removed-by-drive');
  });

  test('is not removed when it was back in between', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    const away = () => site.desktop('mv arrivals/alice/scan.csv ./away');
    await away();
    await site.look();
    await site.desktop('mv away arrivals/alice/scan.csv');
    site.pass(10_000);
    await site.look();
    await away();
    await site.look();
    expect((await site.file(file.id)).state).toBe('arrived');
  });

  test('is not removed while a part of a share cannot be looked at', async () => {
    await site.share('cohort');
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('rm arrivals/alice/scan.csv && mv shares away && mkdir shares');
    await site.lookTwice();
    expect((await site.file(file.id)).state).toBe('arrived');
    await site.desktop('rmdir shares && mv away shares');
    await site.lookTwice();
    expect((await site.file(file.id)).state).toBe('removed');
  });

  test('under a hold is recorded and said aloud', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    const at = Date.now();
    const hold = {
      id: newId('hold', at),
      target: { kind: 'file', file: file.id },
      reason: 'an inquiry',
      placedBy: site.alice.id,
      placedAt: at,
      liftedBy: null,
      liftedAt: null,
    } as const;
    const event = { type: 'hold-placed', subjects: { hold: hold.id } } as const;
    await site.ledger.placeHold(hold, { at, actor: { kind: 'console' }, event });
    await site.desktop('rm arrivals/alice/scan.csv');
    await site.lookTwice();
    expect((await site.file(file.id)).state).toBe('removed');
    expect(site.log.of('held-file-removed-by-drive')).toMatchObject([
      { level: 'error', fields: { file: file.id } },
    ]);
  });

  test('is left to the ledger when its disk is not mounted', async () => {
    const files = await Promise.all(
      ['1', '2', '3', '4'].map((name) => site.arrive(name, `bytes of ${name}`)),
    );
    await site.look();
    const states = async () =>
      new Set(await Promise.all(files.map(async ({ id }) => (await site.file(id)).state)));
    await site.desktop('mv arrivals/alice away');
    await site.lookTwice();
    await site.desktop('mkdir arrivals/alice');
    await site.lookTwice();
    expect(await states()).toEqual(new Set(['arrived']));
    expect(site.log.of('drive-home-missing')).toHaveLength(1);
    await site.desktop('rmdir arrivals/alice && mv away arrivals/alice && rm arrivals/alice/*');
    await site.lookTwice();
    expect(await states()).toEqual(new Set(['removed']));
  });

  test('of few files is left to the ledger when all of Arrivals is another folder', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('mv arrivals away && mkdir -p arrivals/alice');
    await site.lookTwice();
    expect((await site.file(file.id)).state).toBe('arrived');
    expect(site.log.of('drive-home-missing')).toHaveLength(1);
  });

  test('of a few files counts although the home has gone with them', async () => {
    const file = await site.arrive('scan.csv', 'bytes');
    await site.desktop('rm -r arrivals/alice');
    await site.lookTwice();
    expect((await site.file(file.id)).state).toBe('removed');
  });

  test('while it was moved by the daemon is the job’s', async () => {
    const share = await site.share('cohort');
    const file = await site.arrive('scan.csv', 'bytes');
    const event = { type: 'move-begun', subjects: { file: file.id } } as const;
    const working = { share: share.id, ...arrivalPath('scan.csv') };
    await site.ledger.moveFile({
      ref: file,
      from: 'arrived',
      to: 'moving',
      changes: { working },
      audit: { at: Date.now(), actor: { kind: 'console' }, event },
    });
    await site.desktop('rm arrivals/alice/scan.csv');
    expect((await site.lookTwice()).again).toBe(false);
    expect((await site.file(file.id)).state).toBe('moving');
  });
});

describe('what is in the airlock still', () => {
  test('is cleared when a desktop has moved it to a share', async () => {
    await site.share('cohort');
    const file = await site.arrive('scan.csv', 'bytes', { uncleared: true });
    await site.desktop('mv arrivals/alice/scan.csv shares/cohort/');
    await site.look();
    expect(await site.file(file.id)).toMatchObject({ state: 'shared', zone: 'share' });
    expect(await site.intake.zones.airlock.sizeOf(file.id)).toBeNull();
  });

  test('is cleared by its job when a desktop has removed it', async () => {
    const file = await site.arrive('scan.csv', 'bytes', { uncleared: true });
    await site.desktop('rm arrivals/alice/scan.csv');
    await site.lookTwice();
    const ref = { id: file.id, generation: file.generation + 1 };
    expect(site.hints).toEqual([{ job: 'clear-airlock', ref }]);
    await clearAirlock(site.intake as Custody, ref);
    expect(await site.file(file.id)).toMatchObject({ state: 'removed', zone: 'gone' });
    expect(await site.intake.zones.airlock.sizeOf(file.id)).toBeNull();
  });
});

describe('who did it', () => {
  test('is unknown, unless the site says whose uid it is', async () => {
    await site.share('cohort');
    const [one, two] = [await site.arrive('1', 'one'), await site.arrive('2', 'two')];
    const actors = async (file: CustodyFile) => (await site.events(file.id)).at(-1)?.actor;
    await site.desktop('cp arrivals/alice/1 shares/cohort/ && rm arrivals/alice/1');
    await site.look();
    expect(await actors(one)).toEqual({ kind: 'system', part: 'drives' });
    if (!IS_ROOT) return;
    site.users.set(4321, 'alice' as AccountName);
    await site.desktop('chmod 755 .. && chmod 777 shares shares/cohort');
    await site.desktop('cp arrivals/alice/2 shares/cohort/', 4321);
    await site.desktop('rm arrivals/alice/2');
    await site.look();
    expect(await actors(two)).toEqual({
      kind: 'account',
      account: site.alice.id,
      side: 'inside',
      door: 'drives',
    });
  });
});
