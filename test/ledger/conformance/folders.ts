import { expect, test } from 'vitest';
import { arrivalsDrop } from '../../../src/core/custody/file.ts';
import { type AccountId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addPerson,
  arrive,
  at,
  folder,
  move,
  mustMove,
  NOW,
  name,
  receive,
  record,
  start,
  theFile,
  unwritable,
} from '../fixtures.ts';

const FROM_START = { listedSince: 0, after: null, limit: 100 };

/** Folders, and what a folder shows its owner outside. */
export function describeFolders(scene: Scene): void {
  test('the top is always there and is as old as the account', async () => {
    const top = await scene.ledger.findFolder(arrivalsDrop(scene.alice), folder(''));
    expect(top).toEqual({ path: '', createdAt: NOW });
    expect(await scene.ledger.listFolder(arrivalsDrop(scene.alice), folder(''), FROM_START)).toEqual([]);
  });

  test('a folder keeps the spelling of the first, and every spelling finds it', async () => {
    const owner = await addPerson(scene.ledger, 'spelling');
    expect(await make(owner, 'Caf\u00e9')).toBe('added');
    expect(await make(owner, 'CAFE\u0301')).toBe('exists');
    expect(await make(owner, 'cafe\u0301/Sub')).toBe('added');
    const found = await scene.other.findFolder(arrivalsDrop(owner), folder('CAF\u00c9/sUB'));
    expect(found).toEqual({ path: 'Caf\u00e9/Sub', createdAt: NOW });
  });

  test('a folder needs the one above it, and a name that no listed file has', async () => {
    const owner = await addPerson(scene.ledger, 'parent');
    expect(await make(owner, 'a/b')).toBe('no-parent');
    const file = await start(scene.ledger, owner, 'report');
    expect(await make(owner, 'Report')).toBe('name-taken');
    await mustMove(scene.ledger, move(file.id, 'receiving', 'removed', 'upload-removed'));
    expect(await make(owner, 'Report')).toBe('added');
    expect(await make(owner, '')).toBe('exists');
  });

  test('a folder whose audit record cannot be written is not made', async () => {
    const made = scene.ledger.addFolder(
      arrivalsDrop(scene.alice),
      folder('unsaid'),
      NOW,
      unwritable('folder-made'),
    );
    await expect(made).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.findFolder(arrivalsDrop(scene.alice), folder('unsaid'))).toBeNull();
  });

  test('a folder with a folder or a listed file in it stays', async () => {
    const owner = await addPerson(scene.ledger, 'keeper');
    for (const path of ['outer', 'outer/inner', 'used', 'old']) await make(owner, path);
    const file = await start(scene.ledger, owner, 'used/a.csv');
    await arrive(scene.ledger, owner, 'old/a.csv', NOW - 1000);
    expect(await remove(owner, 'outer')).toBe('not-empty');
    expect(await remove(owner, 'USED')).toBe('not-empty');
    expect(await remove(owner, 'old', NOW - 1000)).toBe('not-empty');
    expect(await remove(owner, '')).toBe('not-empty');
    expect(await remove(owner, 'missing')).toBe('absent');
    expect(await remove(owner, 'outer/inner')).toBe('removed');
    expect(await remove(owner, 'outer')).toBe('removed');
    await mustMove(scene.ledger, move(file.id, 'receiving', 'abandoned', 'upload-abandoned'));
    expect(await remove(owner, 'Used')).toBe('removed');
    expect(await remove(owner, 'old', NOW)).toBe('removed');
    expect(await scene.ledger.findFolder(arrivalsDrop(owner), folder('old'))).toBeNull();
  });

  test('an upload into a folder that was removed meanwhile has lost a race', async () => {
    const owner = await addPerson(scene.ledger, 'racer');
    await make(owner, 'here');
    await remove(owner, 'here');
    await expect(start(scene.ledger, owner, 'here/a.csv')).rejects.toThrow(/lost-race/);
  });

  test('an upload cannot take the name of a folder, neither by starting nor by a rename', async () => {
    const owner = await addPerson(scene.ledger, 'clash');
    await make(owner, 'data');
    await expect(start(scene.ledger, owner, 'DATA')).rejects.toThrow(/name-taken/);
    const file = await receive(scene.ledger, owner, 'data.part', null);
    const to = (path: string) =>
      move(file.id, 'received', 'received', 'upload-renamed', { changes: { path: at(path) } });
    expect(await scene.ledger.moveFile(to('Data'))).toBe('name-taken');
    expect(await scene.ledger.moveFile(to('nowhere/data'))).toBe('lost-race');
    expect((await theFile(scene.ledger, file.id)).path).toEqual(at('data.part'));
  });

  test('a folder that is not there lists as null', async () => {
    expect(await scene.ledger.listFolder(arrivalsDrop(scene.alice), folder('nope'), FROM_START)).toBeNull();
  });

  test('a listing has folders and files together, ordered by name key, of this person and folder only', async () => {
    const owner = await addPerson(scene.ledger, 'lister');
    for (const path of ['Beta', 'Beta/inside']) await make(owner, path);
    for (const path of ['alpha.csv', 'Gamma.csv', 'beta/deep.csv']) await receive(scene.ledger, owner, path);
    await receive(scene.ledger, scene.bob, 'other.csv');
    expect(await names(owner, '')).toEqual(['alpha.csv', 'Beta/', 'Gamma.csv']);
    expect(await names(owner, 'BETA')).toEqual(['deep.csv', 'inside/']);
  });

  test('names are ordered as bytes of UTF-8, also beyond the first plane', async () => {
    const owner = await addPerson(scene.ledger, 'planes');
    for (const path of ['\u{1f600}', '\uff5a', 'z']) await receive(scene.ledger, owner, path);
    await make(owner, '\u{10000}');
    expect(await names(owner, '')).toEqual(['z', '\uff5a', '\u{10000}/', '\u{1f600}']);
  });

  test('pages follow each other without a gap or a double', async () => {
    const owner = await addPerson(scene.ledger, 'pager');
    for (let i = 0; i < 7; i++) await receive(scene.ledger, owner, `F${i}.csv`);
    for (let i = 0; i < 4; i++) await make(owner, `f${i}.d`);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await names(owner, '', {
        listedSince: 0,
        after: after === null ? null : name(after),
        limit: 3,
      });
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(3);
      seen.push(...page);
      after = page.at(-1)!.replace(/\/$/, '');
    }
    expect(seen).toEqual(await names(owner, ''));
    expect(seen).toHaveLength(11);
  });

  test('a name shows its newest listed file, in every spelling', async () => {
    const owner = await addPerson(scene.ledger, 'newest');
    const first = await arrive(scene.ledger, owner, 'scan.csv');
    const second = await receive(scene.ledger, owner, 'SCAN.csv');
    expect((await scene.ledger.newestAt(arrivalsDrop(owner), at('Scan.CSV')))?.id).toBe(second.id);
    expect(await names(owner, '')).toEqual(['SCAN.csv']);
    await mustMove(scene.ledger, move(second.id, 'received', 'removed', 'upload-removed'));
    expect((await scene.ledger.newestAt(arrivalsDrop(owner), at('scan.csv')))?.id).toBe(first.id);
    expect(await names(owner, '')).toEqual(['scan.csv']);
  });

  test('what arrived too long ago is not listed, and still found at its path', async () => {
    const owner = await addPerson(scene.ledger, 'aged');
    const file = await arrive(scene.ledger, owner, 'old.csv', NOW - 10);
    const page = { listedSince: NOW - 10, after: null, limit: 10 };
    expect(await names(owner, '', page)).toEqual(['old.csv']);
    expect(await names(owner, '', { ...page, listedSince: NOW - 9 })).toEqual([]);
    expect((await scene.ledger.newestAt(arrivalsDrop(owner), at('old.csv')))?.id).toBe(file.id);
  });

  test.each(['abandoned', 'removed', 'shared', 'revoked', 'destroying', 'destroyed'])(
    'a file in state %s is neither listed nor found at its path',
    async (state) => {
      const owner = await addPerson(scene.ledger, `un-${state}`);
      const file = await receive(scene.ledger, owner, 'a.csv');
      await scene.house.sql(`update files set state = '${state}' where id = '${file.id}'`);
      expect(await names(owner, '')).toEqual([]);
      expect(await scene.ledger.newestAt(arrivalsDrop(owner), at('a.csv'))).toBeNull();
    },
  );

  test('files are listed newest first, by owner and states, page after page', async () => {
    const owner = await addPerson(scene.ledger, 'files');
    const a = await receive(scene.ledger, owner, 'a');
    const b = await start(scene.ledger, owner, 'b');
    const c = await receive(scene.ledger, owner, 'c');
    await receive(scene.ledger, scene.bob, 'foreign');
    const ids = async (query: Omit<Parameters<typeof scene.ledger.listFiles>[0], 'limit'>, limit = 10) =>
      (await scene.ledger.listFiles({ ...query, limit })).map((file) => file.id);
    expect(await ids({ owner })).toEqual([c.id, b.id, a.id]);
    expect(await ids({ owner, states: ['received', 'receiving'] })).toEqual([c.id, b.id, a.id]);
    expect(await ids({ owner, states: ['received', 'receiving'] }, 2)).toEqual([c.id, b.id]);
    expect(await ids({ owner, states: ['received'], before: c.id })).toEqual([a.id]);
    expect(await ids({ owner, states: [] })).toEqual([]);
    expect((await ids({ states: ['received'] }, 1000)).length).toBeGreaterThan(2);
    expect(await scene.ledger.fileById(newId('file', NOW))).toBeNull();
  });

  async function make(owner: AccountId, path: string) {
    return scene.ledger.addFolder(
      arrivalsDrop(owner),
      folder(path),
      NOW,
      record('folder-made', { account: owner }),
    );
  }

  async function remove(owner: AccountId, path: string, listedSince = 0) {
    return scene.ledger.removeFolder(
      arrivalsDrop(owner),
      folder(path),
      listedSince,
      record('folder-removed'),
    );
  }

  async function names(owner: AccountId, path: string, page = FROM_START as Page): Promise<string[]> {
    const entries = await scene.ledger.listFolder(arrivalsDrop(owner), folder(path), page);
    return (entries ?? []).map((entry) => (entry.kind === 'folder' ? `${entry.name}/` : entry.name));
  }
}

type Page = Parameters<Scene['ledger']['listFolder']>[2];
