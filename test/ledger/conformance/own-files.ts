import { expect, test } from 'vitest';
import type { NewUpload, OwnFilesQuery } from '../../../src/core/custody/ports.ts';
import type { AccountId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, arrive, receive, record, start } from '../fixtures.ts';

/** A person's own files, as pages and open browsers ask for them. */
export function describeOwnFiles(scene: Scene): void {
  const ask = async (owner: AccountId, more: Partial<OwnFilesQuery> = {}) => {
    const { files, total } = await scene.other.pageOfOwn({
      owner,
      leaving: false,
      states: ['receiving', 'received', 'arrived'],
      search: '',
      sort: 'newest',
      descending: true,
      offset: 0,
      limit: 10,
      ...more,
    });
    return { names: files.map(({ path }) => path.name), total };
  };

  test('are paged in each order, with how many there are in all', async () => {
    const id = await addPerson(scene.ledger, 'olga');
    for (const name of ['b.csv', 'c.csv', 'A.csv']) await arrive(scene.ledger, id, name);
    await receive(scene.ledger, scene.bob, 'foreign.csv');
    expect(await ask(id)).toEqual({ names: ['A.csv', 'c.csv', 'b.csv'], total: 3 });
    const byName = { sort: 'name', descending: false } as const;
    expect(await ask(id, byName)).toEqual({ names: ['A.csv', 'b.csv', 'c.csv'], total: 3 });
    expect(await ask(id, { ...byName, offset: 1, limit: 1 })).toEqual({ names: ['b.csv'], total: 3 });
    expect(await ask(id, { ...byName, offset: 3 })).toEqual({ names: [], total: 3 });
    for (const sort of ['size', 'expires'] as const) {
      expect((await ask(id, { sort })).names).toEqual(['A.csv', 'c.csv', 'b.csv']);
    }
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
