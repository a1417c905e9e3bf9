import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrivalsDrop, type CustodyFile, type Drop } from '../../../src/core/custody/file.ts';
import { nameKey } from '../../../src/core/custody/names.ts';
import type { FileMove } from '../../../src/core/custody/ports.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import type { AccountId, FileId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addPerson,
  addShare,
  arrive,
  at,
  folder,
  found,
  move,
  moveTo,
  mustMove,
  NOW,
  name,
  nextInstant,
  record,
  release,
} from '../fixtures.ts';

const PAGE = { after: null, limit: 100 };

/** Arrivals as people see them inside, and what was released to them. */
export function describePublished(scene: Scene): void {
  test('the top is always there; another folder only while something is published in it or below', async () => {
    const drop = arrivalsDrop(await addPerson(scene.ledger, 'emptyhanded'));
    expect(await scene.ledger.listPublished(drop, folder(''), PAGE)).toEqual([]);
    expect(await scene.ledger.findPublishedFolder(drop, folder(''))).toEqual({ path: '', createdAt: NOW });
    expect(await scene.ledger.listPublished(drop, folder('a'), PAGE)).toBeNull();
    await put(drop, ['A/b/c.csv']);
    expect(await names(drop, 'a')).toEqual(['b/']);
    expect(await names(drop, 'a/B')).toEqual(['c.csv']);
    expect(await scene.ledger.findPublishedFolder(drop, folder('a'))).toEqual({ path: 'A', createdAt: NOW });
    expect(await scene.ledger.listPublished(drop, folder('a/b/c.csv'), PAGE)).toBeNull();
    expect(await scene.ledger.listPublished(drop, folder('a/b'), { after: name('z'), limit: 9 })).toEqual([]);
    expect(await scene.ledger.listPublished(drop, folder('b'), PAGE)).toBeNull();
  });

  test('a folder is spelled as one of its files has it, and is as old as that publication', async () => {
    const owner = await addPerson(scene.ledger, 'speller');
    const drop = arrivalsDrop(owner);
    await arrive(scene.ledger, owner, 'plain.csv', NOW - 5);
    await put(drop, ['Caf\u00e9/Sub/deep.csv']);
    const entries = await scene.ledger.listPublished(drop, folder(''), PAGE);
    expect(entries?.[0]).toEqual({ kind: 'folder', name: 'Caf\u00e9', createdAt: NOW });
    expect(entries?.[1]).toMatchObject({ kind: 'file', name: 'plain.csv', file: { arrivedAt: NOW - 5 } });
    const deep = await scene.ledger.findPublishedFolder(drop, folder('CAFE\u0301/sUB'));
    expect(deep).toEqual({ path: 'Caf\u00e9/Sub', createdAt: NOW });
    expect(await scene.ledger.findPublishedFolder(drop, folder('caf'))).toBeNull();
    expect(await scene.ledger.findPublishedFolder(drop, folder('caf\u00e9/su'))).toBeNull();
  });

  test('names are those in Arrivals, not those of the upload', async () => {
    const owner = await addPerson(scene.ledger, 'numbered');
    const { id } = await arrive(scene.ledger, owner, 'scan.csv');
    const changes = { arrival: at('scan (2).csv') };
    await mustMove(scene.ledger, move(id, 'arrived', 'arrived', 'arrival-moved-by-drive', { changes }));
    expect(await names(arrivalsDrop(owner), '')).toEqual(['scan (2).csv']);
  });

  test('a folder whose files are all on their way, removed or not yet there is not shown', async () => {
    const owner = await addPerson(scene.ledger, 'movedout');
    const drop = arrivalsDrop(owner);
    const ids = await put(drop, ['out/a.csv', 'out/b.csv', 'in/c.csv']);
    for (const [i, state] of ['moving', 'admitting'].entries()) await become(ids[i]!, state);
    expect(await names(drop, '')).toEqual(['in/']);
    expect(await scene.ledger.listPublished(drop, folder('out'), PAGE)).toBeNull();
    expect(await scene.ledger.findPublishedFolder(drop, folder('out'))).toBeNull();
    await become(ids[1]!, 'arrived');
    expect(await names(drop, 'out')).toEqual(['b.csv']);
    for (const state of ['shared', 'removed', 'destroying', 'destroyed']) {
      await become(ids[1]!, state);
      expect(await names(drop, '')).toEqual(['in/']);
    }
  });

  test('what was released shows in its own share, beside nothing else', async () => {
    const owner = await addPerson(scene.ledger, 'receiver');
    const [one, two] = [await addShare(scene.ledger, scene.bob), await addShare(scene.ledger, scene.bob)];
    const outbound = { owner, leavesBy: one.id };
    await scene.ledger.addFolder(outbound, folder('sub'), NOW, record('folder-made'));
    await release(scene.ledger, owner, 'sub/result.csv', one.id);
    const released = await release(scene.ledger, owner, 'result.csv', one.id);
    await put(arrivalsDrop(owner), ['result.csv']);
    expect(await names(outbound, '')).toEqual(['result.csv', 'sub/']);
    const found = await scene.ledger.findPublishedFolder(outbound, folder('SUB'));
    expect(found).toEqual({ path: 'sub', createdAt: NOW + 1 });
    expect(await names({ owner, leavesBy: two.id }, '')).toEqual([]);
    expect(await names({ owner: scene.bob, leavesBy: one.id }, '')).toEqual([]);
    expect(await names(arrivalsDrop(owner), '')).toEqual(['result.csv']);
    await mustMove(scene.ledger, move(released.id, 'released', 'revoked', 'file-revoked'));
    expect(await names(outbound, '')).toEqual(['sub/']);
  });

  test('folders come by their whole name, whatever sorts before a slash', async () => {
    const drop = arrivalsDrop(await addPerson(scene.ledger, 'slashes'));
    await put(drop, [
      'a/x',
      'a b/x',
      'a-b',
      'a.b/c/x',
      'a/x y/z',
      'a!/x',
      'A0/x',
      'ab',
      '!/x',
      '\u{1f600}/x',
    ]);
    const all = ['!/', 'a/', 'a b/', 'a!/', 'a-b', 'a.b/', 'A0/', 'ab', '\u{1f600}/'];
    expect(await names(drop, '')).toEqual(all);
    for (const limit of [1, 2, 3, 5]) expect(await pages(drop, '', limit)).toEqual(all);
    expect(await names(drop, 'a')).toEqual(['x', 'x y/']);
    expect(await names(drop, 'a.b')).toEqual(['c/']);
  });

  test('whatever the names, pages show every folder and file once, in order', async () => {
    const part = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '!', '-', '.', '/', '\u00e9', '\u{10000}'),
      minLength: 1,
      maxLength: 3,
    });
    const safe = part.map((text) => text.replaceAll('/', '0').replaceAll('.', '_'));
    const path = fc.array(safe, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const tree = fc.array(path, { maxLength: 12 }).map(withoutFolders);
    await fc.assert(
      fc.asyncProperty(tree, fc.integer({ min: 1, max: 4 }), async (paths, limit) => {
        const drop = arrivalsDrop(await addPerson(scene.ledger, `any${nextInstant()}`));
        for (const one of paths)
          await scene.ledger.adoptFile(found(drop.owner, one), null, record('file-adopted'));
        const places = [...new Set(paths.map(nameKey))];
        const folders = new Set(['', ...places.flatMap(foldersAbove)]);
        for (const place of folders) {
          const shown = (await pages(drop, place, limit)).map(nameKey);
          expect(shown).toEqual(expectedIn(place, places));
          expect(await scene.ledger.findPublishedFolder(drop, folder(place))).not.toBeNull();
        }
      }),
      { numRuns: 60 },
    );
  });

  test('all files with a published name are found in a folder and below it, by id, page after page', async () => {
    const owner = await addPerson(scene.ledger, 'below');
    const drop = arrivalsDrop(owner);
    const paths = ['data/z', 'data', 'data b/x', 'data/sub/y', 'DATA/a', 'data/sub/deep/x', 'other/x'];
    const ids = await put(drop, paths);
    const inside = [ids[0]!, ids[3]!, ids[4]!, ids[5]!];
    expect(await below(drop, 'Data')).toEqual(inside);
    expect(await below(drop, 'data/sub')).toEqual([ids[3], ids[5]]);
    expect(await below(drop, '')).toEqual(ids);
    expect(await below(drop, 'dat')).toEqual([]);
    await become(inside[1]!, 'moving');
    await become(inside[2]!, 'admitting');
    expect(await below(drop, 'data')).toEqual(inside);
    for (const limit of [1, 2, 3]) expect(await pagesBelow(drop, 'data', limit)).toEqual(inside);
    await become(inside[0]!, 'shared');
    expect(await below(drop, 'data')).toEqual(inside.slice(1));
    const share = await addShare(scene.ledger, scene.bob);
    expect(await below({ owner, leavesBy: share.id }, '')).toEqual([]);
    const leaving = await release(scene.ledger, owner, 'data2', share.id);
    expect(await below({ owner, leavesBy: share.id }, '')).toEqual([leaving.id]);
  });

  test('a file that was found in Arrivals has arrived, counts, and says that nobody has looked at it', async () => {
    const owner = await addPerson(scene.ledger, 'finder');
    const before = await scene.ledger.countFilesWithBytes();
    const { size } = await scene.ledger.auditHead();
    const file = found(owner, 'Found/By.csv');
    expect(await scene.ledger.adoptFile(file, null, record('file-adopted', { file: file.id }))).toBe('added');
    const expected: Partial<CustodyFile> = {
      id: file.id,
      generation: 1,
      owner,
      leavesBy: null,
      door: 'drives',
      state: 'arrived',
      zone: 'arrivals',
      path: file.path,
      arrival: file.path,
      size: 7,
      sha256: file.sha256,
      inode: file.inode,
      arrivedAt: NOW,
      expiresAt: NOW + 30,
      expiresRule: 'arrivals/v1',
    };
    expect(await scene.other.fileById(file.id)).toMatchObject(expected);
    expect(await scene.ledger.verdictsOf(file.id)).toEqual([
      {
        check: 'malware',
        outcome: 'off',
        detail: 'put into Arrivals through a drive',
        version: 'drives',
        sha256: file.sha256,
        at: NOW,
      },
    ]);
    expect(await scene.ledger.countFilesWithBytes()).toBe(before + 1);
    expect((await scene.ledger.readAudit(size, 9)).map((row) => JSON.parse(row.entry).type)).toEqual([
      'file-adopted',
    ]);
    expect((await scene.ledger.arrivalAt(arrivalsDrop(owner), at('found/by.csv')))?.id).toBe(file.id);
    expect(
      (await scene.ledger.impliedWork(NOW, 1000)).filter((work) => 'ref' in work && work.ref.id === file.id),
    ).toEqual([]);
  });

  test('a file is not adopted under a name that another has, also while that one is on its way', async () => {
    const owner = await addPerson(scene.ledger, 'rival');
    const share = await addShare(scene.ledger, scene.bob);
    const { id } = await arrive(scene.ledger, owner, 'mine.csv');
    const rival = found(owner, 'MINE.csv');
    const head = await scene.ledger.auditHead();
    const count = await scene.ledger.countFilesWithBytes();
    expect(await scene.ledger.adoptFile(rival, null, record('file-adopted'))).toBe('name-taken');
    expect(await scene.ledger.auditHead()).toEqual(head);
    expect(await scene.ledger.countFilesWithBytes()).toBe(count);
    expect(await scene.ledger.fileById(rival.id)).toBeNull();
    await mustMove(scene.ledger, moveTo(id, share.id, 'mine.csv'));
    expect(await scene.ledger.adoptFile(rival, null, record('file-adopted'))).toBe('name-taken');
    await mustMove(scene.ledger, move(id, 'moving', 'shared', 'file-shared'));
    expect(await scene.ledger.adoptFile(rival, null, record('file-adopted'))).toBe('added');
  });

  test('a file takes the place of another in one transaction, or neither is changed', async () => {
    const owner = await addPerson(scene.ledger, 'replacer');
    const { id } = await arrive(scene.ledger, owner, 'mine.csv');
    const { id: bystander } = await arrive(scene.ledger, owner, 'theirs.csv');
    const count = await scene.ledger.countFilesWithBytes();
    const head = await scene.ledger.auditHead();
    const changes = { zone: 'gone' } as const;
    const frees = (file: FileId, generation = 1) =>
      move(file, 'arrived', 'removed', 'file-removed-by-drive', { ref: { id: file, generation }, changes });
    const fresh = found(owner, 'MINE.csv');
    const adopt = async (replaces: FileMove | null) =>
      scene.ledger.adoptFile(fresh, replaces, record('file-adopted'));
    expect(await adopt(frees(id, 2))).toBe('lost-race');
    expect(await adopt(frees(bystander))).toBe('name-taken');
    expect(await scene.ledger.auditHead()).toEqual(head);
    expect(await scene.ledger.fileById(fresh.id)).toBeNull();
    for (const kept of [id, bystander]) {
      expect(await scene.ledger.fileById(kept)).toMatchObject({ state: 'arrived', zone: 'airlock' });
    }
    expect(await adopt(frees(id))).toBe('added');
    expect(await scene.ledger.countFilesWithBytes()).toBe(count);
    expect((await scene.ledger.arrivalAt(arrivalsDrop(owner), at('mine.csv')))?.id).toBe(fresh.id);
    const rows = await scene.ledger.readAudit(head.size, 9);
    expect(rows.map((row) => JSON.parse(row.entry).type)).toEqual(['file-removed-by-drive', 'file-adopted']);
  });

  test('files of the same bytes are found, whoever has them and in whatever state, the newest first', async () => {
    const [anna, berta] = [await addPerson(scene.ledger, 'anna'), await addPerson(scene.ledger, 'berta')];
    const twins = [found(anna, 'equal/1'), found(berta, 'equal/2'), found(anna, 'equal/3')];
    const bytes = { size: 7, sha256: sha256('equal bytes') };
    const files = twins.map((twin) => ({ ...twin, ...bytes }));
    const longer = { ...found(anna, 'equal/4'), ...bytes, size: 8 };
    for (const file of [...files, longer, found(anna, 'equal/5')]) {
      await scene.ledger.adoptFile(file, null, record('file-adopted'));
    }
    await become(files[1]!.id, 'destroyed');
    const equal = async (limit: number) => (await scene.other.equalFiles(bytes, limit)).map(({ id }) => id);
    const newestFirst = files.map(({ id }) => id).toReversed();
    expect(await equal(10)).toEqual(newestFirst);
    expect(await equal(2)).toEqual(newestFirst.slice(0, 2));
    expect(await scene.ledger.equalFiles({ ...bytes, size: 9 }, 10)).toEqual([]);
  });

  async function put(drop: Drop, paths: readonly string[]): Promise<FileId[]> {
    const ids: FileId[] = [];
    for (const path of paths) {
      const file = found(drop.owner as AccountId, path);
      expect(await scene.ledger.adoptFile(file, null, record('file-adopted'))).toBe('added');
      ids.push(file.id);
    }
    return ids;
  }

  async function become(id: FileId, state: string): Promise<void> {
    await scene.house.sql(`update files set state = '${state}' where id = '${id}'`);
  }

  async function names(drop: Drop, path: string, page: Page = PAGE): Promise<string[]> {
    const entries = await scene.ledger.listPublished(drop, folder(path), page);
    return (entries ?? []).map((entry) => (entry.kind === 'folder' ? `${entry.name}/` : entry.name));
  }

  async function pages(drop: Drop, path: string, limit: number): Promise<string[]> {
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await names(drop, path, { after: after === null ? null : name(after), limit });
      if (page.length === 0) return seen;
      expect(page.length).toBeLessThanOrEqual(limit);
      seen.push(...page);
      after = page.at(-1)!.replace(/\/$/, '');
    }
  }

  async function below(
    drop: Drop,
    path: string,
    after: FileId | null = null,
    limit = 100,
  ): Promise<FileId[]> {
    return (await scene.ledger.publishedBelow(drop, folder(path), after, limit)).map(({ id }) => id);
  }

  async function pagesBelow(drop: Drop, path: string, limit: number): Promise<FileId[]> {
    const seen: FileId[] = [];
    for (;;) {
      const page = await below(drop, path, seen.at(-1) ?? null, limit);
      if (page.length === 0) return seen;
      seen.push(...page);
    }
  }
}

type Page = Parameters<Scene['ledger']['listPublished']>[2];

/** A disk has no file with the name of a folder. */
function withoutFolders(paths: readonly string[]): readonly string[] {
  return paths.filter((one) => !paths.some((other) => nameKey(other).startsWith(`${nameKey(one)}/`)));
}

function foldersAbove(place: string): string[] {
  const parts = place.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** What a folder has to show of the files at these paths: each name once, in the order of bytes. */
function expectedIn(place: string, places: readonly string[]): string[] {
  const prefix = place === '' ? '' : `${place}/`;
  const inside = places.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  const files = inside.filter((one) => !one.includes('/'));
  const folders = new Set(inside.filter((one) => one.includes('/')).map((one) => `${one.split('/')[0]}/`));
  const bare = (shown: string) => Buffer.from(shown.replace(/\/$/, ''));
  return [...folders, ...files].sort((a, b) => Buffer.compare(bare(a), bare(b)));
}
