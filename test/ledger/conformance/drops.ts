import { beforeAll, expect, test } from 'vitest';
import { arrivalsDrop, type Drop } from '../../../src/core/custody/file.ts';
import type { ShareId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addShare,
  arrive,
  at,
  folder,
  move,
  mustMove,
  NOW,
  receive,
  record,
  release,
  start,
  theFile,
} from '../fixtures.ts';

const PAGE = { listedSince: 0, after: null, limit: 100 };

/** What keeps a person's arrivals and the outbound folders of shares apart. */
export function describeDrops(scene: Scene): void {
  let one: ShareId;
  let two: ShareId;

  beforeAll(async () => {
    one = (await addShare(scene.ledger, scene.bob)).id;
    two = (await addShare(scene.ledger, scene.bob)).id;
  });

  test('a file says which share it leaves by, and stays in that drop', async () => {
    const { id } = await start(scene.ledger, scene.alice, 'stays.csv', one);
    expect(await theFile(scene.other, id)).toMatchObject({ leavesBy: one, state: 'receiving' });
  });

  test('one path has one receiving upload in each drop', async () => {
    for (const leavesBy of [null, one, two]) await start(scene.ledger, scene.alice, 'same.csv', leavesBy);
    for (const leavesBy of [null, one, two]) {
      await expect(start(scene.ledger, scene.alice, 'SAME.csv', leavesBy)).rejects.toThrow(/name-taken/);
    }
    const { id } = await start(scene.ledger, scene.alice, 'other.csv', one);
    const renamed = (path: string) =>
      move(id, 'receiving', 'receiving', 'upload-renamed', { changes: { path: at(path) } });
    expect(await scene.ledger.moveFile(renamed('Same.csv'))).toBe('name-taken');
  });

  test('a path shows the newest file of its own drop', async () => {
    const files = [
      await receive(scene.ledger, scene.alice, 'newest.csv', NOW, two),
      await receive(scene.ledger, scene.alice, 'newest.csv'),
      await receive(scene.ledger, scene.alice, 'newest.csv', NOW, one),
    ];
    for (const { id, leavesBy } of files) {
      const drop = { owner: scene.alice, leavesBy };
      expect((await scene.ledger.newestAt(drop, at('Newest.csv')))?.id).toBe(id);
      expect(await names(drop)).toContain('newest.csv');
    }
    expect(await scene.ledger.newestAt({ owner: scene.bob, leavesBy: one }, at('newest.csv'))).toBeNull();
    await receive(scene.ledger, scene.alice, 'alone.csv', NOW, one);
    expect(await names({ owner: scene.alice, leavesBy: one })).toContain('alone.csv');
    expect(await names({ owner: scene.alice, leavesBy: two })).not.toContain('alone.csv');
    expect(await names(arrivalsDrop(scene.alice))).not.toContain('alone.csv');
  });

  test('one published name is given once in each drop, and in the drop of each person', async () => {
    const arrived = await arrive(scene.ledger, scene.alice, 'given.csv');
    const [first, second] = [
      await release(scene.ledger, scene.alice, 'given.csv', one),
      await release(scene.ledger, scene.alice, 'given.csv', two),
    ];
    await release(scene.ledger, scene.bob, 'given.csv', one);
    await expect(release(scene.ledger, scene.alice, 'GIVEN.csv', one)).rejects.toThrow(/name-taken/);
    for (const { id, leavesBy } of [arrived, first, second]) {
      const found = await scene.other.arrivalAt({ owner: scene.alice, leavesBy }, at('Given.csv'));
      expect(found?.id).toBe(id);
    }
    await mustMove(scene.ledger, move(first.id, 'released', 'revoked', 'file-revoked'));
    expect(await scene.ledger.arrivalAt({ owner: scene.alice, leavesBy: one }, at('given.csv'))).toBeNull();
  });

  test.each(['releasing', 'released'])('a file that is %s has its published name', async (state) => {
    const { id } = await release(scene.ledger, scene.alice, `${state}.csv`, one);
    await scene.house.sql(`update files set state = '${state}' where id = '${id}'`);
    const drop = { owner: scene.alice, leavesBy: one };
    expect((await scene.ledger.arrivalAt(drop, at(`${state}.csv`)))?.id).toBe(id);
  });

  test('each drop has folders of its own', async () => {
    const drops = [null, one, two].map((leavesBy) => ({ owner: scene.alice, leavesBy }));
    const [arrivals, outbound, other] = drops as [Drop, Drop, Drop];
    expect(await make(arrivals, 'Papers')).toBe('added');
    expect(await make(outbound, 'PAPERS')).toBe('added');
    expect(await make(outbound, 'papers/sub')).toBe('added');
    expect(await make(arrivals, 'papers')).toBe('exists');
    expect(await make(other, 'papers/sub')).toBe('no-parent');
    expect(await scene.other.findFolder(arrivals, folder('papers'))).toMatchObject({ path: 'Papers' });
    expect(await scene.other.findFolder(outbound, folder('papers/SUB'))).toMatchObject({
      path: 'PAPERS/sub',
    });
    expect(await scene.ledger.findFolder(other, folder('papers'))).toBeNull();
    expect(await scene.ledger.listFolder(other, folder('papers'), PAGE)).toBeNull();
    expect(await names(arrivals)).toContain('Papers/');
    expect(await names(other)).not.toContain('Papers/');
    await start(scene.ledger, scene.alice, 'papers/in.csv', one);
    await expect(start(scene.ledger, scene.alice, 'papers/in.csv', two)).rejects.toThrow(/lost-race/);
    await expect(start(scene.ledger, scene.alice, 'papers', one)).rejects.toThrow(/name-taken/);
    await start(scene.ledger, scene.alice, 'papers', two);
    expect(await remove(arrivals, 'papers')).toBe('removed');
    expect(await remove(outbound, 'papers/sub')).toBe('removed');
    expect(await remove(outbound, 'papers')).toBe('not-empty');
    expect(await scene.ledger.findFolder(outbound, folder('papers'))).not.toBeNull();
  });

  test('a folder cannot have the name of a file of its drop, only of another', async () => {
    await receive(scene.ledger, scene.alice, 'report', NOW, one);
    expect(await make({ owner: scene.alice, leavesBy: one }, 'Report')).toBe('name-taken');
    expect(await make(arrivalsDrop(scene.alice), 'Report')).toBe('added');
  });

  test('files are asked for by whether they leave, with owner and states or without', async () => {
    const owner = scene.bob;
    const comes = await receive(scene.ledger, owner, 'comes.csv');
    const leaves = await receive(scene.ledger, owner, 'leaves.csv', NOW, two);
    const ids = async (query: Omit<Parameters<typeof scene.ledger.listFiles>[0], 'limit'>) =>
      (await scene.ledger.listFiles({ ...query, limit: 1000 })).map(({ id }) => id);
    for (const query of [{ owner }, { owner, states: ['received'] }, { states: ['received'] }, {}] as const) {
      expect(await ids({ ...query, leaving: true })).toContain(leaves.id);
      expect(await ids({ ...query, leaving: true })).not.toContain(comes.id);
      expect(await ids({ ...query, leaving: false })).toContain(comes.id);
      expect(await ids({ ...query, leaving: false })).not.toContain(leaves.id);
      expect(await ids(query)).toEqual(expect.arrayContaining([comes.id, leaves.id]));
    }
    const { length } = await ids({ leaving: true });
    expect((await scene.ledger.listFiles({ leaving: true, limit: 1 })).length).toBe(1);
    expect(length).toBeGreaterThan(1);
  });

  async function make(drop: Drop, path: string) {
    return scene.ledger.addFolder(drop, folder(path), NOW, record('folder-made'));
  }

  async function remove(drop: Drop, path: string) {
    return scene.ledger.removeFolder(drop, folder(path), 0, record('folder-removed'));
  }

  async function names(drop: Drop): Promise<string[]> {
    const entries = (await scene.ledger.listFolder(drop, folder(''), PAGE)) ?? [];
    return entries.map((entry) => (entry.kind === 'folder' ? `${entry.name}/` : entry.name));
  }
}
