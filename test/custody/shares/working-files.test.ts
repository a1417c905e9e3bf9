import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ArrivalPath } from '../../../src/core/custody/file.ts';
import {
  changeWorking,
  makeWorkingFolder,
  removeWorking,
  removeWorkingFolder,
} from '../../../src/core/custody/shares/change-share.ts';
import { listWorking } from '../../../src/core/custody/shares/list-share.ts';
import { lookUpWorking, roomOfShare } from '../../../src/core/custody/shares/look-in-share.ts';
import { moveToShare } from '../../../src/core/custody/shares/move-to-share.ts';
import { openWorking } from '../../../src/core/custody/shares/open-working.ts';
import { listOwnShares } from '../../../src/core/custody/shares/own-shares.ts';
import type { SharePlace, SharesZone, WorkingOpen } from '../../../src/core/custody/shares/ports.ts';
import { renameWorking } from '../../../src/core/custody/shares/rename-working.ts';
import { closeShare } from '../../../src/core/projects/close-share.ts';
import { at } from '../../ledger/fixtures.ts';
import { done, type Haven, makeHaven, place } from './haven.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven();
});

afterEach(() => haven.close());

type Who = 'alice' | 'bob';

const onDisk = (path: string) => readFile(haven.at('shares', path), 'utf8');
const put = (path: string, text: string) => writeFile(haven.at('shares', path), text);
const look = (path: string, who: Who = 'alice') =>
  lookUpWorking(haven.intake, haven.session(who), place(path));
const rename = (from: string, to: string, replace = false, who: Who = 'alice') =>
  renameWorking(haven.intake, haven.session(who), place(from), place(to), replace);

async function namesIn(path: string, who: Who = 'alice', limit = 100): Promise<string[]> {
  const listing = done(await listWorking(haven.intake, haven.session(who), place(path), limit));
  const names: string[] = [];
  for (;;) {
    const page = done(await listing.next());
    if (page.length === 0) return names.toSorted();
    names.push(...page.map(({ name }) => name));
  }
}

/** Begins a move that no job carries out. */
async function beginMove(path: string, to: string): Promise<ArrivalPath> {
  await haven.arrive('alice', path, 'in Arrivals');
  const { zones } = haven.intake;
  const shares = { ...zones.shares, canLink: async () => false };
  const intake = { ...haven.intake, zones: { ...zones, shares } };
  done(await moveToShare(intake, haven.mover('alice'), at(path), place(to)));
  return at(path);
}

describe('shares', () => {
  test('are those of a person that are open, with the rights of now', async () => {
    const own = async (who: Who) =>
      done(await listOwnShares(haven.intake, haven.session(who))).map(({ share, rights }) => [
        share.name,
        rights,
      ]);
    expect(await own('alice')).toEqual([['cohort', ['read', 'write']]]);
    await haven.allow('alice', 'other', 'outbound');
    expect((await own('alice')).map(([name]) => name)).toEqual(['cohort', 'other']);
    const { ledger, clock } = haven.intake;
    done(await closeShare({ ledger, clock }, { kind: 'console' }, 'cohort'));
    expect((await own('alice')).map(([name]) => name)).toEqual(['other']);
    expect(await own('bob')).toEqual([]);
    await haven.disable('bob');
    expect(await listOwnShares(haven.intake, haven.session('bob'))).toMatchObject({
      refusal: 'account-disabled',
    });
  });

  test('are shown at their top to every member, and to nobody else', async () => {
    await haven.allow('bob', 'other', 'outbound');
    expect(await look('other', 'bob')).toMatchObject({ value: { kind: 'folder' } });
    expect(await roomOfShare(haven.intake, haven.session('bob'), 'other')).toMatchObject({ ok: true });
    expect(await look('other')).toMatchObject({ refusal: 'share-unknown' });
    expect(await roomOfShare(haven.intake, haven.session('alice'), 'other')).toMatchObject({
      refusal: 'share-unknown',
    });
  });
});

describe('rights', () => {
  beforeEach(async () => {
    await mkdir(haven.at('shares/cohort/folder'));
    await put('cohort/notes.txt', 'text');
  });

  test('who may only read changes nothing', async () => {
    const bob = haven.session('bob');
    expect(await look('cohort/notes.txt', 'bob')).toMatchObject({ value: { size: 4 } });
    expect(await namesIn('cohort', 'bob')).toEqual(['folder', 'notes.txt']);
    const { intake } = haven;
    const refused = await Promise.all([
      removeWorking(intake, bob, place('cohort/notes.txt')),
      makeWorkingFolder(intake, bob, place('cohort/new')),
      removeWorkingFolder(intake, bob, place('cohort/folder')),
      changeWorking(intake, bob, place('cohort/notes.txt'), { size: 0, mtime: null }),
      rename('cohort/notes.txt', 'cohort/x', false, 'bob'),
    ]);
    expect(refused).toMatchObject(refused.map(() => ({ refusal: 'no-right' })));
    expect(await readdir(haven.at('shares/cohort'))).toEqual(expect.arrayContaining(['folder', 'notes.txt']));
    expect(await onDisk('cohort/notes.txt')).toBe('text');
  });

  test('who may only write puts and renames, and sees nothing', async () => {
    await haven.allow('bob', 'cohort', 'write');
    const bob = haven.session('bob');
    const how = { read: false, write: true, create: true, exclusive: false, truncate: true };
    await done(await openWorking(haven.intake, bob, place('cohort/in.part'), how)).close();
    done(await rename('cohort/in.part', 'cohort/in', true, 'bob'));
    expect(await look('cohort/in', 'bob')).toMatchObject({ refusal: 'no-right' });
    expect(await listWorking(haven.intake, bob, place('cohort'), 10)).toMatchObject({ refusal: 'no-right' });
  });

  test('a rename to another share needs to read and write here, and to write there', async () => {
    const attempt = () => rename('cohort/notes.txt', 'other/notes.txt');
    expect(await attempt()).toMatchObject({ refusal: 'share-unknown' });
    await haven.allow('alice', 'other', 'read');
    expect(await attempt()).toMatchObject({ refusal: 'no-right' });
    await haven.allow('alice', 'other', 'write');
    await haven.allow('alice', 'cohort', 'write');
    expect(await attempt()).toMatchObject({ refusal: 'no-right' });
    await haven.allow('alice', 'cohort', 'read');
    expect(await attempt()).toMatchObject({ refusal: 'no-right' });
    expect(await onDisk('cohort/notes.txt')).toBe('text');
    await haven.allow('alice', 'cohort', 'read', 'write');
    done(await attempt());
    expect(await onDisk('other/notes.txt')).toBe('text');
  });

  test('a listing is refused at its next page once the right is taken', async () => {
    for (let i = 0; i < 40; i++) await put(`cohort/${i}`, '');
    const listing = done(await listWorking(haven.intake, haven.session('bob'), place('cohort'), 16));
    expect(done(await listing.next()).length).toBeGreaterThan(0);
    await haven.allow('bob', 'cohort');
    expect(await listing.next()).toMatchObject({ refusal: 'share-unknown' });
    await listing.close();
    await listing.close();
  });
});

describe('working files', () => {
  test('are overwritten by a rename with replace, and only by that', async () => {
    await put('cohort/new', 'new');
    await put('cohort/old', 'old');
    expect(await rename('cohort/new', 'cohort/old')).toMatchObject({ refusal: 'exists' });
    expect(await onDisk('cohort/old')).toBe('old');
    done(await rename('cohort/new', 'cohort/old', true));
    expect(await onDisk('cohort/old')).toBe('new');
  });

  test('are changed with an audit row each, and what cannot be taken back with one before it', async () => {
    const { intake } = haven;
    const alice = haven.session('alice');
    done(await makeWorkingFolder(intake, alice, place('cohort/raw')));
    await put('cohort/a', 'text');
    done(await changeWorking(intake, alice, place('cohort/a'), { size: 2, mtime: null }));
    done(await changeWorking(intake, alice, place('cohort/a'), { size: null, mtime: 1_000_000 }));
    done(await rename('cohort/a', 'cohort/raw/b'));
    expect((await stat(haven.at('shares/cohort/raw/b'))).mtimeMs).toBe(1_000_000);
    expect(await onDisk('cohort/raw/b')).toBe('te');
    expect(await removeWorkingFolder(intake, alice, place('cohort/raw'))).toMatchObject({
      refusal: 'not-empty',
    });
    done(await removeWorking(intake, alice, place('cohort/raw/b')));
    done(await removeWorkingFolder(intake, alice, place('cohort/raw')));
    const events = await haven.audited(
      'working-change-begun',
      'working-change-refused',
      'working-folder-made',
      'working-file-written',
      'working-file-renamed',
      'working-file-removed',
      'working-folder-removed',
    );
    expect(events.map(({ type }) => type)).toEqual([
      'working-change-begun',
      'working-folder-made',
      'working-change-begun',
      'working-file-written',
      'working-change-begun',
      'working-file-renamed',
      'working-change-begun',
      'working-change-refused',
      'working-change-begun',
      'working-file-removed',
      'working-change-begun',
      'working-folder-removed',
    ]);
    const share = await haven.ledger.shareByName('cohort');
    for (const { subjects, actor } of events) {
      expect(subjects).toEqual({ share: share?.id, account: haven.people.alice });
      expect(actor).toMatchObject({ kind: 'account', account: haven.people.alice, side: 'inside' });
    }
    const personal = await haven.ledger.readPersonal(0, 1000);
    expect(personal.map(({ value }) => value)).toEqual(expect.arrayContaining(['a', 'raw/b']));
    expect(JSON.stringify(await haven.ledger.readAudit(0, 1000))).not.toContain('raw/b');
  });

  test('that are removed or renamed leave a row even when the daemon dies in the act', async () => {
    await put('cohort/a', 'text');
    const { zones } = haven.intake;
    const dying = async (): Promise<never> => {
      throw new Error('killed');
    };
    const shares = { ...zones.shares, remove: dying, rename: dying };
    const intake = { ...haven.intake, zones: { ...zones, shares } };
    const alice = haven.session('alice');
    await expect(removeWorking(intake, alice, place('cohort/a'))).rejects.toThrow('killed');
    await expect(renameWorking(intake, alice, place('cohort/a'), place('cohort/b'), false)).rejects.toThrow(
      'killed',
    );
    const begun = await haven.audited('working-change-begun', 'working-file-removed', 'working-file-renamed');
    expect(begun.map(({ type, data }) => [type, data['change']])).toEqual([
      ['working-change-begun', 'working-file-removed'],
      ['working-change-begun', 'working-file-renamed'],
    ]);
    // What is not there was tried by nobody.
    expect(await removeWorking(haven.intake, alice, place('cohort/none'))).toMatchObject({ ok: false });
    expect(await haven.audited('working-change-begun')).toHaveLength(2);
  });

  test('that are written over, cut or made anew leave a row before the disk is touched', async () => {
    await put('cohort/a', 'what was there');
    const { zones } = haven.intake;
    const alice = haven.session('alice');
    const begun = async () => (await haven.audited('working-change-begun')).map(({ data }) => data['change']);
    /** What the audit had when the disk was touched. */
    const seen: (readonly unknown[])[] = [];
    const noting = <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) => {
      return async (...args: A): Promise<T> => {
        seen.push(await begun());
        return call(...args);
      };
    };
    const { shares } = zones;
    const watched = {
      ...shares,
      open: noting((where: SharePlace, how: WorkingOpen) => shares.open(where, how)),
      makeFolder: noting((where: SharePlace) => shares.makeFolder(where)),
      change: noting((...args: Parameters<SharesZone['change']>) => shares.change(...args)),
    };
    const intake = { ...haven.intake, zones: { ...zones, shares: watched } };
    const writing = { read: false, write: true, create: true, exclusive: false, truncate: false };

    const cut = done(await openWorking(intake, alice, place('cohort/a'), { ...writing, truncate: true }));
    await cut.write([Buffer.from('new')], 0);
    await cut.close();
    expect([seen, await begun()]).toEqual([[['working-file-written']], ['working-file-written']]);

    const over = done(await openWorking(intake, alice, place('cohort/a'), writing));
    expect(await begun()).toHaveLength(1);
    await Promise.all([over.write([Buffer.from('1')], 0), over.write([Buffer.from('2')], 1)]);
    expect(await begun()).toHaveLength(2);
    await over.close();

    seen.length = 0;
    done(await makeWorkingFolder(intake, alice, place('cohort/folder')));
    done(await changeWorking(intake, alice, place('cohort/a'), { size: 1, mtime: null }));
    expect(seen.map((rows) => rows.at(-1))).toEqual(['working-folder-made', 'working-file-written']);

    // A new file has nothing to lose, and one row.
    await put('cohort/b', 'text');
    expect(await begun()).toHaveLength(4);
    expect(await makeWorkingFolder(intake, alice, place('cohort/b'))).toMatchObject({ refusal: 'exists' });
    expect(await begun()).toHaveLength(4);
  });

  test('of the top are refused: a share is no folder of its members', async () => {
    const { intake } = haven;
    const alice = haven.session('alice');
    const top = place('cohort');
    expect(await removeWorkingFolder(intake, alice, top)).toMatchObject({ refusal: 'is-the-top' });
    expect(await makeWorkingFolder(intake, alice, top)).toMatchObject({ refusal: 'is-the-top' });
    expect(await removeWorking(intake, alice, top)).toMatchObject({ refusal: 'is-the-top' });
    expect(await rename('cohort', 'cohort/x')).toMatchObject({ refusal: 'is-the-top' });
    await haven.allow('alice', 'other', 'write');
    expect(await rename('cohort', 'other')).toMatchObject({ refusal: 'is-the-top' });
  });

  test('that are links lead nowhere', async () => {
    await symlink('/etc', haven.at('shares/cohort/out'));
    expect(await look('cohort/out')).toMatchObject({ value: { kind: 'other' } });
    expect(await look('cohort/out/passwd')).toMatchObject({ refusal: 'not-found' });
    const read = { read: true, write: false, create: false, exclusive: false, truncate: false };
    const opened = await openWorking(haven.intake, haven.session('alice'), place('cohort/out/passwd'), read);
    expect(opened).toMatchObject({ refusal: 'links' });
    expect(await listWorking(haven.intake, haven.session('alice'), place('cohort/out'), 9)).toMatchObject({
      refusal: 'not-a-folder',
    });
  });
});

describe('a name that a move from Arrivals has reserved', () => {
  const WRITE = { read: false, write: true, create: true, exclusive: false, truncate: true };

  beforeEach(async () => {
    await mkdir(haven.at('shares/cohort/raw'));
    await beginMove('scan.csv', 'cohort/raw/scan.csv');
  });

  test('is listed once, with its final size, among what is there', async () => {
    await put('cohort/raw/a', '');
    expect(await namesIn('cohort/raw', 'bob')).toEqual(['a', 'scan.csv']);
    await put('cohort/raw/scan.csv', 'half');
    expect(await namesIn('cohort/raw', 'bob')).toEqual(['a', 'scan.csv']);
  });

  test('is not opened for writing, renamed, removed, cut, or taken by another', async () => {
    const { intake } = haven;
    const alice = haven.session('alice');
    const there = place('cohort/raw/scan.csv');
    await put('cohort/x', 'x');
    const refused = [
      await openWorking(intake, alice, there, WRITE),
      await removeWorking(intake, alice, there),
      await makeWorkingFolder(intake, alice, there),
      await changeWorking(intake, alice, there, { size: 0, mtime: null }),
      await rename('cohort/raw/scan.csv', 'cohort/y'),
      await rename('cohort/x', 'cohort/raw/scan.csv', true),
      await rename('cohort/raw', 'cohort/elsewhere'),
    ];
    expect(refused).toMatchObject(refused.map(() => ({ refusal: 'being-moved' })));
    expect(await removeWorkingFolder(intake, alice, place('cohort/raw'))).toMatchObject({
      refusal: 'not-empty',
    });
    await haven.arrive('alice', 'two.csv');
    expect(await moveToShare(intake, haven.mover('alice'), at('two.csv'), there)).toMatchObject({
      refusal: 'exists',
    });
  });

  test('leaves a name alone that only differs in case', async () => {
    const file = await openWorking(haven.intake, haven.session('alice'), place('cohort/raw/SCAN.csv'), WRITE);
    await done(file).close();
    expect(await readdir(haven.at('shares/cohort/raw'))).toEqual(['SCAN.csv']);
  });
});
