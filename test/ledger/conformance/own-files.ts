import { expect, test } from 'vitest';
import type { NewUpload, OwnFilesPage, OwnFilesQuery } from '../../../src/core/custody/ports.ts';
import type { AccountId, FileId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, arrive, receive, record, start } from '../fixtures.ts';

/** A person's own files, as pages and open browsers ask for them. */
export function describeOwnFiles(scene: Scene): void {
  const ask = async (owner: AccountId, more: Partial<OwnFilesQuery> = {}) => {
    const page = await scene.other.pageOfOwn({
      owner,
      leaving: false,
      states: ['receiving', 'received', 'arrived'],
      search: '',
      sort: 'newest',
      descending: true,
      after: null,
      limit: 10,
      ...more,
    });
    if (page === null) throw new Error('there is no such page');
    return { names: page.files.map(({ path }) => path.name), total: page.total };
  };

  test('are paged in each order, with how many there are in all', async () => {
    const id = await addPerson(scene.ledger, 'olga');
    for (const name of ['b.csv', 'c.csv', 'A.csv']) await arrive(scene.ledger, id, name);
    await receive(scene.ledger, scene.bob, 'foreign.csv');
    expect(await ask(id)).toEqual({ names: ['A.csv', 'c.csv', 'b.csv'], total: 3 });
    const byName = { sort: 'name', descending: false } as const;
    expect(await ask(id, byName)).toEqual({ names: ['A.csv', 'b.csv', 'c.csv'], total: 3 });
    for (const sort of ['size', 'expires'] as const) {
      expect((await ask(id, { sort })).names).toEqual(['A.csv', 'c.csv', 'b.csv']);
    }
  });

  test('are turned page by page in each order and each direction, each file once, from wherever they are', async () => {
    const id = await addPerson(scene.ledger, 'omar');
    const names = ['b.csv', 'ü.csv', 'a.csv', '𝒳.csv', '\uffee.csv', 'c.csv'];
    for (const name of names) await arrive(scene.ledger, id, name);
    await receive(scene.ledger, id, 'd.csv');
    await start(scene.ledger, id, 'e.csv');
    for (const sort of ['newest', 'name', 'size', 'expires'] as const) {
      for (const descending of [true, false]) {
        for (const search of ['', 'csv']) {
          const turned: string[] = [];
          let after: FileId | null = null;
          for (let more = true; more; ) {
            const page: OwnFilesPage | null = await scene.other.pageOfOwn({
              owner: id,
              leaving: false,
              states: ['receiving', 'received', 'arrived'],
              search,
              sort,
              descending,
              after,
              limit: 3,
            });
            turned.push(...(page?.files ?? []).map(({ path }) => path.name));
            after = page?.files.at(-1)?.id ?? null;
            more = page?.more ?? false;
            expect(page?.total).toBe(8);
          }
          expect(turned).toEqual((await ask(id, { sort, descending, search })).names);
          expect(turned.toSorted()).toEqual([...names, 'd.csv', 'e.csv'].toSorted());
        }
      }
    }
    const byBytes = (await ask(id, { sort: 'name', descending: false })).names;
    expect(byBytes.slice(-3)).toEqual(['ü.csv', '\uffee.csv', '𝒳.csv']);
  });

  test('cannot be turned to behind a file of somebody else', async () => {
    const foreign = await arrive(scene.ledger, scene.bob, 'foreign-mark.csv');
    const id = await addPerson(scene.ledger, 'oscar');
    await expect(ask(id, { after: foreign.id })).rejects.toThrow('there is no such page');
  });

  test('are chosen by state and direction', async () => {
    const id = await addPerson(scene.ledger, 'otto');
    await arrive(scene.ledger, id, 'here.csv');
    await start(scene.ledger, id, 'coming.csv');
    expect(await ask(id, { states: ['arrived'] })).toEqual({ names: ['here.csv'], total: 1 });
    expect(await ask(id, { states: ['receiving'] })).toEqual({ names: ['coming.csv'], total: 1 });
    expect(await ask(id, { leaving: true })).toEqual({ names: [], total: 0 });
  });

  test('are found by a part of their name or folder, in any case, with no wildcards', async () => {
    const id = await addPerson(scene.ledger, 'oda');
    for (const name of ['Straße_1%.csv', 'other.csv', 'back\\slash.csv'])
      await receive(scene.ledger, id, name);
    const found = async (search: string) => (await ask(id, { search })).names;
    expect(await found('STRASSE')).toEqual(['Straße_1%.csv']);
    expect(await found('_1%')).toEqual(['Straße_1%.csv']);
    expect(await found('o%r')).toEqual([]);
    expect(await found('k\\s')).toEqual(['back\\slash.csv']);
  });

  test('that rows of the log were about are told since a row, page by page', async () => {
    const id = await addPerson(scene.ledger, 'ohm');
    const { seq: begin } = await scene.other.filesTouched(id, null, 10);
    expect(begin).toBe((await scene.other.auditHead()).size);
    const [one, two] = [
      await receive(scene.ledger, id, 'one.csv'),
      await receive(scene.ledger, id, 'two.csv'),
    ];
    const note = (...files: readonly NewUpload[]) =>
      scene.ledger.appendAudit(
        files.map((file) => record('file-received', { file: file.id, account: file.owner })),
      );
    await note(one, one, await receive(scene.ledger, scene.bob, 'foreign.csv'), two);
    const { seq: end } = await scene.other.filesTouched(id, null, 10);
    const told = await scene.other.filesTouched(id, begin, 10);
    expect(told).toEqual({ files: [one.id, two.id], seq: end });
    expect(await scene.other.filesTouched(id, end, 10)).toEqual({ files: [], seq: end });
    const first = await scene.other.filesTouched(id, begin, 2);
    expect(first.files).toEqual([one.id]);
    expect(await scene.other.filesTouched(id, first.seq, 2)).toEqual({ files: [two.id], seq: end });
  });
}
