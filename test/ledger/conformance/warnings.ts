import { expect, test } from 'vitest';
import type { CustodyFile } from '../../../src/core/custody/file.ts';
import { DAY } from '../../../src/core/kit/clock.ts';
import { type AccountId, type FileId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addPerson,
  arrive,
  hold,
  move,
  mustMove,
  NOW,
  nextInstant,
  record,
  theFile,
  unwritable,
} from '../fixtures.ts';

const WEEK = 7 * DAY;

/** Who is told before the end, and how often. */
export function describeWarnings(scene: Scene): void {
  test('a file is warned of from the step on until its end, and not when it is due', async () => {
    const id = await fileEnding(NOW + WEEK);
    expect(await toWarn(NOW - 1, WEEK)).toEqual([]);
    expect(await toWarn(NOW, WEEK)).toEqual([id]);
    expect(await toWarn(NOW + WEEK - 1, WEEK)).toEqual([id]);
    expect(await toWarn(NOW + WEEK, WEEK)).toEqual([]);
    await end(id);
  });

  test('a file is warned of once at every step, the longest first', async () => {
    const id = await fileEnding(NOW + 1);
    await warn(id, WEEK);
    expect(await toWarn(NOW, WEEK)).toEqual([]);
    expect(await toWarn(NOW, DAY)).toEqual([id]);
    await warn(id, DAY);
    expect(await toWarn(NOW, DAY)).toEqual([]);
    expect((await theFile(scene.other, id)).warnedBefore).toBe(DAY);
    await end(id);
  });

  test('who was warned at a shorter step is not warned at a longer one', async () => {
    const id = await fileEnding(NOW + 1);
    await warn(id, DAY);
    expect(await toWarn(NOW, WEEK)).toEqual([]);
    await end(id);
  });

  test('files come by their end, whatever they were warned of before, and no more than asked for', async () => {
    const ids: FileId[] = [];
    for (const days of [1, 2, 3, 4, 5]) ids.push(await fileEnding(NOW + days));
    await warn(ids[1]!, 3 * WEEK);
    await warn(ids[3]!, 2 * WEEK);
    expect(await toWarn(NOW, WEEK)).toEqual(ids);
    expect(await toWarn(NOW, WEEK, 3)).toEqual(ids.slice(0, 3));
    for (const id of ids) await end(id);
  });

  test.each(['held', 'quarantined', 'abandoned', 'removed', 'destroying', 'destroyed', 'moving', 'revoked'])(
    'a file that is %s is not warned of',
    async (state) => {
      const id = await fileEnding(NOW + 1);
      await scene.house.sql(`update files set state = '${state}' where id = '${id}'`);
      expect(await toWarn(NOW, WEEK)).toEqual([]);
      await end(id);
    },
  );

  test('a released file is warned of until its owner has it', async () => {
    const id = await fileEnding(NOW + 1);
    await scene.house.sql(`update files set state = 'released' where id = '${id}'`);
    expect(await toWarn(NOW, WEEK)).toEqual([id]);
    await warn(id, WEEK);
    expect((await theFile(scene.ledger, id)).warnedBefore).toBe(WEEK);
    const collected = { changes: { collectedAt: NOW } };
    await mustMove(scene.ledger, move(id, 'released', 'released', 'file-collected', collected));
    expect(await toWarn(NOW, DAY)).toEqual([]);
    await warn(id, DAY);
    expect((await theFile(scene.ledger, id)).warnedBefore).toBe(WEEK);
    await end(id);
  });

  test('a file is not warned of while a hold covers it', async () => {
    const id = await fileEnding(NOW + 1);
    const placed = hold({ kind: 'file', file: id }, scene.bob);
    await scene.ledger.placeHold(placed, record('hold-placed'));
    expect(await toWarn(NOW, WEEK)).toEqual([]);
    await scene.ledger.liftHold(placed.id, scene.bob, NOW, record('hold-lifted'));
    expect(await toWarn(NOW, WEEK)).toEqual([id]);
    await end(id);
  });

  test('warnings and their notices are written together, without those that come too late', async () => {
    const [warned, moved, renewed] = [
      await fileEnding(NOW + 1),
      await fileEnding(NOW + 1),
      await fileEnding(NOW + 1),
    ];
    const files = await scene.ledger.filesToWarn(NOW, WEEK, 10);
    await scene.house.sql(`update files set state = 'removed' where id = '${moved}'`);
    await scene.house.sql(`update files set generation = 2 where id = '${renewed}'`);
    const reader = await addPerson(scene.ledger, 'reader');
    const { size } = await scene.ledger.auditHead();
    await scene.ledger.markWarned(
      files.map((file) => warning(file, reader, 2)),
      WEEK,
      record('retention-warned'),
    );
    const notices = await scene.ledger.pendingNotices(reader, 10);
    expect(notices.map(({ file, kind }) => [file, kind])).toEqual([
      [warned, 'file-expires-soon'],
      [warned, 'file-expires-soon'],
    ]);
    expect((await theFile(scene.ledger, warned)).warnedBefore).toBe(WEEK);
    expect((await theFile(scene.ledger, moved)).warnedBefore).toBeNull();
    expect((await theFile(scene.ledger, renewed)).warnedBefore).toBeNull();
    expect((await scene.ledger.auditHead()).size).toBe(size + 1);
    for (const id of [warned, moved, renewed]) await end(id);
  });

  test('of two who warn of the same files at once, one does', async () => {
    const id = await fileEnding(NOW + 1);
    const file = await theFile(scene.ledger, id);
    const reader = await addPerson(scene.ledger, 'once');
    const { size } = await scene.ledger.auditHead();
    await Promise.all(
      [scene.ledger, scene.other].map((ledger) =>
        ledger.markWarned([warning(file, reader)], WEEK, record('retention-warned')),
      ),
    );
    expect(await scene.ledger.pendingNotices(reader, 10)).toHaveLength(1);
    expect((await scene.ledger.auditHead()).size).toBe(size + 1);
    await scene.ledger.markWarned([], WEEK, record('retention-warned'));
    expect((await scene.ledger.auditHead()).size).toBe(size + 1);
    await end(id);
  });

  test('warnings whose audit record cannot be written were not given', async () => {
    const id = await fileEnding(NOW + 1);
    const reader = await addPerson(scene.ledger, 'unwarned');
    const given = warning(await theFile(scene.ledger, id), reader);
    await expect(scene.ledger.markWarned([given], WEEK, unwritable('retention-warned'))).rejects.toThrow(
      /surrogate/,
    );
    expect(await scene.ledger.pendingNotices(reader, 10)).toEqual([]);
    expect(await toWarn(NOW, WEEK)).toEqual([id]);
    await end(id);
  });

  async function fileEnding(at: number): Promise<FileId> {
    const { id } = await arrive(scene.ledger, scene.alice, `w${nextInstant()}.csv`);
    await scene.house.sql(`update files set expires_at = ${at} where id = '${id}'`);
    return id;
  }

  async function end(id: FileId): Promise<void> {
    await scene.house.sql(`update files set state = 'destroyed', zone = 'gone' where id = '${id}'`);
  }

  async function toWarn(now: number, before: number, limit = 100): Promise<readonly FileId[]> {
    return (await scene.ledger.filesToWarn(now, before, limit)).map(({ id }) => id);
  }

  async function warn(id: FileId, before: number): Promise<void> {
    const ref = { id, generation: 1 };
    await scene.ledger.markWarned([{ ref, notices: [] }], before, record('retention-warned'));
  }
}

function warning(file: CustodyFile, account: AccountId, count = 1) {
  const notices = Array.from({ length: count }, () => {
    const id = newId('noti', nextInstant());
    return { id, kind: 'file-expires-soon', account, file: file.id, at: NOW } as const;
  });
  return { ref: { id: file.id, generation: file.generation }, notices };
}
