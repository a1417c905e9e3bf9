import { expect, test } from 'vitest';
import type { CustodyFile } from '../../../src/core/custody/file.ts';
import type { DueCursor } from '../../../src/core/custody/retention/ports.ts';
import type { FileState } from '../../../src/core/custody/states.ts';
import type { AccountId, FileId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addPerson,
  arrive,
  certificate,
  move,
  mustMove,
  NOW,
  nextInstant,
  start,
  theFile,
} from '../fixtures.ts';

/** What is due, how much there is at all, and the proof of its end. */
export function describeRetention(scene: Scene): void {
  test.each<[string, FileState, string]>([
    ['arrived', 'arrived', 'arrivals'],
    ['arrived and not cleared from the airlock', 'arrived', 'airlock'],
    ['held', 'held', 'airlock'],
    ['quarantined', 'quarantined', 'quarantine'],
    ['abandoned', 'abandoned', 'airlock'],
    ['released', 'released', 'outbound'],
    ['released and not cleared from the airlock', 'released', 'airlock'],
    ['revoked', 'revoked', 'outbound'],
  ])('a file that is %s is due when its time has come, and not before', async (_, state, zone) => {
    const id = await fileEnding(1000, state, zone);
    expect(await due(999)).toEqual([]);
    expect(await due(1000)).toEqual([id]);
    expect(await due(NOW)).toEqual([id]);
    await put(id, 'destroyed', 'gone');
    expect(await due(NOW)).toEqual([]);
  });

  test.each<[FileState, string]>([
    ['receiving', 'airlock'],
    ['inspecting', 'airlock'],
    ['admitting', 'airlock'],
    ['removed', 'arrivals'],
    ['destroying', 'arrivals'],
    ['destroyed', 'gone'],
    ['abandoned', 'gone'],
    ['released', 'gone'],
    ['moving', 'arrivals'],
    ['moving', 'carried'],
    ['shared', 'share'],
    ['arrived', 'share'],
    ['releasing', 'airlock'],
  ])('a file that is %s with its bytes in %s is never due', async (state, zone) => {
    const id = await fileEnding(1000, state, zone);
    expect(await due(NOW)).toEqual([]);
    await put(id, 'destroyed', 'gone');
  });

  test('a file without an end is never due', async () => {
    const { id } = await arrive(scene.ledger, scene.alice, 'endless.csv');
    expect(await due(Number.MAX_SAFE_INTEGER)).toEqual([]);
    await put(id, 'destroyed', 'gone');
  });

  test('a due file comes with everything that is known of it', async () => {
    const id = await fileEnding(1000, 'arrived', 'arrivals');
    expect(await scene.other.dueFiles(1000, null, 10)).toEqual([await theFile(scene.ledger, id)]);
    await put(id, 'destroyed', 'gone');
  });

  test('due files come page after page by their end and id, without gap or repeat, whatever is moved meanwhile', async () => {
    const ends = [3000, 1000, 2000, 2000, 1000, 2000, 2000, 2000, 3000, 2000];
    const files: { id: FileId; end: number }[] = [];
    for (const end of ends) files.push({ id: await fileEnding(end, 'arrived', 'arrivals'), end });
    const expected = files.toSorted((a, b) => a.end - b.end || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
    for (const limit of [1, 2, 3, 7, 10, 11]) expect(await pages(limit)).toEqual(expected);
    expect(await pages(3, async (id) => put(id, 'destroying', 'arrivals'))).toEqual(expected);
    expect(await due(NOW)).toEqual([]);
  });

  test('the move of a due file is made once, and by the generation that was due', async () => {
    const id = await fileEnding(1000, 'arrived', 'arrivals');
    const begin = move(id, 'arrived', 'destroying', 'destruction-begun', {
      nextGeneration: true,
      unlessHeld: true,
    });
    const ends = await Promise.all([scene.ledger.moveFile(begin), scene.other.moveFile(begin)]);
    expect(ends.toSorted()).toEqual(['lost-race', 'moved']);
    expect(await theFile(scene.ledger, id)).toMatchObject({ state: 'destroying', generation: 2 });
    expect(await scene.ledger.auditOf({ file: id })).toHaveLength(6);
  });

  test('files with bytes are counted from the upload to the move that says that they are gone', async () => {
    const before = await scene.ledger.countFilesWithBytes();
    const walked = (await scene.ledger.filesWithBytes(null, 10_000)).length;
    const { id } = await start(scene.ledger, scene.alice, 'counted.csv');
    expect(await scene.other.countFilesWithBytes()).toBe(before + 1);
    const twin = await arrive(scene.ledger, scene.alice, 'moved.csv');
    const ref = { id: twin.id, generation: 1 };
    const cleared = move(twin.id, 'arrived', 'removed', 'file-removed').audit;
    await scene.ledger.moveBytes(ref, 'airlock', 'arrivals', cleared);
    expect(await scene.ledger.countFilesWithBytes()).toBe(before + 2);
    await scene.ledger.moveBytes(ref, 'arrivals', 'gone', cleared);
    await scene.ledger.moveBytes(ref, 'arrivals', 'gone', cleared);
    expect(await scene.ledger.countFilesWithBytes()).toBe(before + 1);
    const removed = move(id, 'receiving', 'removed', 'upload-removed', { changes: { zone: 'gone' } });
    await mustMove(scene.ledger, removed);
    expect(await scene.ledger.moveFile(removed)).toBe('lost-race');
    expect(await scene.ledger.countFilesWithBytes()).toBe(before);
    expect(await scene.ledger.filesWithBytes(null, 10_000)).toHaveLength(walked);
  });

  test('bytes in a share are counted no more, and counted again when they come back', async () => {
    const { id } = await arrive(scene.ledger, scene.alice, 'taken.csv');
    const before = await scene.ledger.countFilesWithBytes();
    const { audit } = move(id, 'arrived', 'moving', 'bytes-carried');
    const ref = { id, generation: 1 };
    const steps = [
      ['airlock', 'arrivals', 0],
      ['arrivals', 'carried', 0],
      ['carried', 'share', -1],
      ['share', 'gone', -1],
      ['gone', 'arrivals', 0],
    ] as const;
    for (const [from, to, change] of steps) {
      expect(await scene.ledger.moveBytes(ref, from, to, audit)).toBe(true);
      expect(await scene.other.countFilesWithBytes(), `${from} to ${to}`).toBe(before + change);
    }
    const changes = { zone: 'share' } as const;
    await mustMove(scene.ledger, move(id, 'arrived', 'shared', 'file-shared-by-drive', { changes }));
    expect(await scene.other.countFilesWithBytes()).toBe(before - 1);
  });

  test('a certificate is written with the move that it proves, and by no move that loses', async () => {
    const id = await fileEnding(1000, 'destroying', 'arrivals');
    const destroyed = move(id, 'destroying', 'destroyed', 'file-destroyed', {
      changes: { zone: 'gone', destroyedAt: NOW },
      certificate: certificate(id),
    });
    const late = { ...destroyed, ref: { id, generation: 2 } };
    expect(await scene.ledger.moveFile(late)).toBe('lost-race');
    expect(await scene.ledger.certificatesOf(id)).toEqual([]);
    await mustMove(scene.ledger, destroyed);
    expect(await scene.other.certificatesOf(id)).toEqual([destroyed.certificate]);
    expect(await theFile(scene.ledger, id)).toMatchObject({ zone: 'gone', destroyedAt: NOW });
    expect(await scene.ledger.moveFile({ ...destroyed, certificate: certificate(id) })).toBe('lost-race');
    expect(await scene.ledger.certificatesOf(id)).toHaveLength(1);
  });

  async function fileEnding(end: number, state: FileState, zone: string): Promise<FileId> {
    const owner: AccountId = await addPerson(scene.ledger, `r${nextInstant()}`);
    const { id } = await arrive(scene.ledger, owner, 'a.csv');
    await scene.house.sql(`update files set expires_at = ${end} where id = '${id}'`);
    await put(id, state, zone);
    return id;
  }

  async function put(id: FileId, state: FileState, zone: string): Promise<void> {
    await scene.house.sql(`update files set state = '${state}', zone = '${zone}' where id = '${id}'`);
  }

  async function due(asOf: number): Promise<readonly FileId[]> {
    return (await scene.ledger.dueFiles(asOf, null, 1000)).map(({ id }) => id);
  }

  async function pages(limit: number, each?: (id: FileId) => Promise<void>): Promise<FileId[]> {
    const found: FileId[] = [];
    for (let after: DueCursor | null = null; ; ) {
      const page: readonly CustodyFile[] = await scene.ledger.dueFiles(NOW, after, limit);
      found.push(...page.map(({ id }) => id));
      if (each !== undefined) for (const { id } of page) await each(id);
      const last = page.at(-1);
      if (last === undefined || last.expiresAt === null) return found;
      after = { expiresAt: last.expiresAt, id: last.id };
    }
  }
}
