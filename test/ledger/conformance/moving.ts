import { beforeAll, expect, test } from 'vitest';
import type { FileMove, MoveOutcome } from '../../../src/core/custody/ports.ts';
import { type AccountId, type FileId, newId, type ShareId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addPerson,
  addShare,
  arrive,
  at,
  folder,
  move,
  moveTo,
  mustMove,
  NOW,
  nextInstant,
  receive,
  record,
  theFile,
  unwritable,
} from '../fixtures.ts';

/** Files on their way from Arrivals into shares, one by one and many at once. */
export function describeMoving(scene: Scene): void {
  let share: ShareId;
  let other: ShareId;

  beforeAll(async () => {
    share = (await addShare(scene.ledger, scene.bob)).id;
    other = (await addShare(scene.ledger, scene.bob)).id;
  });

  test('a move reserves its target, in every spelling, until it has ended', async () => {
    const id = await arrived('one.csv');
    await mustMove(scene.ledger, moveTo(id, share, 'Data/One.csv'));
    const target = { share, ...at('DATA/ONE.CSV') };
    const found = await scene.other.movingTo(target);
    expect(found).toMatchObject({ id, state: 'moving', working: { share, ...at('Data/One.csv') } });
    expect(await scene.ledger.movingTo({ ...target, share: other })).toBeNull();
    expect(await scene.ledger.movingTo({ share, ...at('one.csv') })).toBeNull();
    const rival = await arrived('rival.csv');
    const head = await scene.ledger.auditHead();
    expect(await scene.ledger.moveFile(moveTo(rival, share, 'data/one.CSV'))).toBe('name-taken');
    expect((await theFile(scene.ledger, rival)).state).toBe('arrived');
    expect(await scene.ledger.auditHead()).toEqual(head);
    await mustMove(scene.ledger, moveTo(rival, other, 'data/one.csv'));
    await mustMove(scene.ledger, move(id, 'moving', 'shared', 'file-shared', { changes: { zone: 'share' } }));
    expect(await scene.ledger.movingTo(target)).toBeNull();
    const next = await arrived('next.csv');
    await mustMove(scene.ledger, moveTo(next, share, 'data/one.csv'));
  });

  test('a move that is returned gives its target back, and keeps its name in Arrivals all the time', async () => {
    const owner = await addPerson(scene.ledger, 'returner');
    const { id } = await arrive(scene.ledger, owner, 'back.csv');
    await mustMove(scene.ledger, moveTo(id, share, 'back.csv'));
    const drop = { owner, leavesBy: null };
    expect((await scene.ledger.arrivalAt(drop, at('back.csv')))?.id).toBe(id);
    const changes = { working: null, carried: null } as const;
    await mustMove(scene.ledger, move(id, 'moving', 'arrived', 'move-returned', { changes }));
    expect(await scene.ledger.movingTo({ share, ...at('back.csv') })).toBeNull();
    expect(await theFile(scene.ledger, id)).toMatchObject({ state: 'arrived', working: null });
  });

  test('of two moves to one target at once, one is made', async () => {
    const files = [await arrived('left.csv'), await arrived('right.csv')];
    const ends = await Promise.all(
      files.map(async (id, i) =>
        (i === 0 ? scene.ledger : scene.other).moveFile(moveTo(id, share, 'duel.csv')),
      ),
    );
    expect(ends.toSorted()).toEqual(['moved', 'name-taken']);
  });

  test('a move to a share that is not there is refused by the database', async () => {
    const id = await arrived('stray.csv');
    const stray = scene.ledger.moveFile(moveTo(id, newId('shar', NOW), 'stray.csv'));
    await expect(stray).rejects.toThrow(/constraint/i);
    expect((await theFile(scene.ledger, id)).state).toBe('arrived');
  });

  test('a folder shows what is moving into it by name key, and nothing of the folders below', async () => {
    const ids = new Map<string, FileId>();
    for (const path of ['Into/b.csv', 'into/A.csv', 'INTO/c.csv', 'into/sub/d.csv', 'into2/e.csv']) {
      const id = await arrived(path.replaceAll('/', '-'));
      ids.set(path, id);
      await mustMove(scene.ledger, moveTo(id, share, path));
    }
    const into = async (limit: number, where = share) =>
      (await scene.other.movingInto({ share: where, folder: folder('inTO') }, limit)).map(({ id }) => id);
    const expected = ['into/A.csv', 'Into/b.csv', 'INTO/c.csv'].map((path) => ids.get(path));
    expect(await into(10)).toEqual(expected);
    expect(await into(2)).toEqual(expected.slice(0, 2));
    expect(await into(10, other)).toEqual([]);
    await mustMove(scene.ledger, move(ids.get('Into/b.csv')!, 'moving', 'shared', 'file-shared'));
    expect(await into(10)).toEqual([expected[0], expected[2]]);
  });

  test('what is copied so far is stored for the generation that moves, and for no other', async () => {
    const id = await arrived('copied.csv');
    expect(await scene.ledger.noteCarried({ id, generation: 1 }, 5)).toBe(false);
    await mustMove(scene.ledger, moveTo(id, share, 'copied.csv'));
    expect(await scene.ledger.noteCarried({ id, generation: 1 }, 5)).toBe(true);
    expect(await scene.ledger.noteCarried({ id, generation: 2 }, 9)).toBe(false);
    expect((await theFile(scene.other, id)).carried).toBe(5);
    await mustMove(
      scene.ledger,
      move(id, 'moving', 'arrived', 'move-returned', { changes: { carried: null } }),
    );
    expect(await scene.ledger.noteCarried({ id, generation: 1 }, 9)).toBe(false);
    expect((await theFile(scene.other, id)).carried).toBeNull();
  });

  test('many moves are one: all are made, each with its audit record, in order', async () => {
    const ids = await arrivals(3, 'together');
    const { size } = await scene.ledger.auditHead();
    const moves = ids.map((id, i) => moveTo(id, share, `together/${i}.csv`));
    expect(await scene.ledger.moveFiles(moves)).toBe('moved');
    for (const id of ids) expect((await theFile(scene.other, id)).state).toBe('moving');
    const rows = await scene.ledger.readAudit(size, 10);
    expect(rows.map((row) => JSON.parse(row.entry).subjects.file)).toEqual(ids);
    expect(await scene.ledger.moveFiles([])).toBe('moved');
    expect((await scene.ledger.auditHead()).size).toBe(size + 3);
  });

  test('more moves than a statement takes values are made too', async () => {
    const owner = await addPerson(scene.ledger, 'thousand');
    const ids = Array.from({ length: 1100 }, () => newId('file', nextInstant()));
    for (const [i, id] of ids.entries()) {
      const file = { ...at(`${i}`), id };
      await scene.house.sql(`insert into files (id, owner, generation, door, state, folder, folder_key, name,
        name_key, zone, size, gap, created_at, last_byte_at) values ('${file.id}', '${owner}', 1, 'sftp', 'arrived',
        '', '', '${file.name}', '${file.name}', 'arrivals', 1, 0, 1, 1)`);
    }
    const { size } = await scene.ledger.auditHead();
    // Enough personal values that all of them at once are too many for SQLite.
    const personal = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => [key, 'x']));
    const moves = ids.map((file) => {
      return { ...moveTo(file, share, `many/${file}`), audit: record('move-begun', { file }, personal) };
    });
    expect(await scene.ledger.moveFiles(moves)).toBe('moved');
    expect((await scene.ledger.auditHead()).size).toBe(size + 1100);
    expect(await scene.ledger.movingInto({ share, folder: folder('many') }, 2000)).toHaveLength(1100);
  });

  test('one move that loses its race takes all others back, with what they carry', async () => {
    const [first, late, third] = await arrivals(3, 'late');
    const notice = { id: newId('noti', nextInstant()), kind: 'move-returned', at: NOW } as const;
    const moves = [
      { ...moveTo(first!, share, 'late/1'), notices: [{ ...notice, account: scene.bob, file: first! }] },
      { ...moveTo(late!, share, 'late/2'), ref: { id: late!, generation: 2 } },
      moveTo(third!, share, 'late/3'),
    ];
    expect(await untouched([first!, late!, third!], moves)).toBe('lost-race');
    expect((await scene.ledger.pendingNotices(scene.bob, 100)).map(({ id }) => id)).not.toContain(notice.id);
    expect(await scene.ledger.moveFiles([moves[0]!, moves[2]!])).toBe('moved');
  });

  test('one move whose name is taken takes all others back', async () => {
    const [first, second, third] = await arrivals(3, 'taken');
    const held = await arrived('holder.csv');
    await mustMove(scene.ledger, moveTo(held, share, 'taken/2'));
    const ids = [first!, second!, third!];
    const moves = ids.map((id, i) => moveTo(id, share, `taken/${i + 1}`));
    expect(await untouched(ids, moves)).toBe('name-taken');
    const twice = [moveTo(first!, share, 'taken/x'), moveTo(second!, share, 'TAKEN/X')];
    expect(await untouched(ids, twice)).toBe('name-taken');
    const again = [moveTo(first!, share, 'taken/y'), moveTo(first!, share, 'taken/z')];
    expect(await untouched(ids, again)).toBe('lost-race');
    const renamed = await receive(scene.ledger, scene.alice, 'no-folder.csv');
    const lost = move(renamed.id, 'received', 'received', 'upload-renamed', {
      changes: { path: at('nowhere/x') },
    });
    expect(await untouched([...ids, renamed.id], [moves[0]!, lost])).toBe('lost-race');
  });

  test('one move that is not legal, or cannot be audited, takes all others back', async () => {
    const ids = await arrivals(2, 'illegal');
    const legal = moveTo(ids[0]!, share, 'illegal/1');
    const odd = move(ids[1]!, 'arrived', 'released', 'file-released');
    await expect(untouched(ids, [legal, odd])).rejects.toThrow(/cannot go from arrived to released/);
    const unsaid = { ...moveTo(ids[1]!, share, 'illegal/2'), audit: unwritable('move-begun') };
    await expect(untouched(ids, [legal, unsaid])).rejects.toThrow(/surrogate/);
    for (const id of ids) expect((await theFile(scene.ledger, id)).state).toBe('arrived');
  });

  test('what others write in the same commit stays when many moves are taken back', async () => {
    const ids = await arrivals(2, 'neighbours');
    const lost = [
      moveTo(ids[0]!, share, 'neighbours/1'),
      { ...moveTo(ids[1]!, share, 'neighbours/2'), ref: { id: ids[1]!, generation: 9 } },
    ];
    const [, outcome] = await Promise.all([
      scene.ledger.writeMark('before-batch', 'kept'),
      scene.ledger.moveFiles(lost),
      scene.ledger.appendAudit([record('signed-in')]),
      scene.ledger.writeMark('after-batch', 'kept'),
    ]);
    expect(outcome).toBe('lost-race');
    expect(await scene.other.readMark('before-batch')).toBe('kept');
    expect(await scene.other.readMark('after-batch')).toBe('kept');
    expect((await theFile(scene.ledger, ids[0]!)).state).toBe('arrived');
  });

  async function arrived(path: string, owner: AccountId = scene.alice): Promise<FileId> {
    return (await arrive(scene.ledger, owner, path)).id;
  }

  async function arrivals(count: number, prefix: string): Promise<FileId[]> {
    const ids: FileId[] = [];
    for (let i = 0; i < count; i++) ids.push(await arrived(`${prefix}-${i}.csv`));
    return ids;
  }

  /** How many moves at once end, which must change none of the files and nothing in the log. */
  async function untouched(ids: readonly FileId[], moves: readonly FileMove[]): Promise<MoveOutcome> {
    const files = await Promise.all(ids.map((id) => theFile(scene.ledger, id)));
    const head = await scene.ledger.auditHead();
    const outcome = await scene.ledger.moveFiles(moves);
    expect(await Promise.all(ids.map((id) => theFile(scene.ledger, id)))).toEqual(files);
    expect(await scene.ledger.auditHead()).toEqual(head);
    return outcome;
  }
}
