import { expect, test } from 'vitest';
import type { NewSealing } from '../../../src/core/custody/outbound/ports.ts';
import { newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addShare, at, move, mustMove, NOW, nextInstant, record, theFile, unwritable } from '../fixtures.ts';

/** Files that begin by being copied out of a share. */
export function describeSealing(scene: Scene): void {
  test('a sealing is a durable intent: what is copied, from where, to which drop', async () => {
    const sealing = await sealingOf('Results/Table 1.csv', 'Table 1.csv');
    const count = await scene.ledger.countFilesWithBytes();
    const { size } = await scene.ledger.auditHead();
    await scene.ledger.startSealing(sealing, record('sealing-begun', { file: sealing.id }));
    expect(await theFile(scene.other, sealing.id)).toMatchObject({
      generation: 1,
      owner: scene.alice,
      leavesBy: sealing.leavesBy,
      door: 'share',
      state: 'sealing',
      path: sealing.path,
      arrival: null,
      working: sealing.from,
      zone: 'airlock',
      size: 0,
      sha256: null,
      createdAt: NOW,
      receivedAt: null,
      releasedAt: null,
    });
    expect(await scene.ledger.countFilesWithBytes()).toBe(count + 1);
    expect(await scene.ledger.liveLease(sealing.id, 0)).toBeNull();
    const rows = await scene.ledger.readAudit(size, 10);
    expect(rows.map((row) => JSON.parse(row.entry).type)).toEqual(['sealing-begun']);
    expect((await scene.ledger.newestAt(sealing, sealing.path))?.id).toBe(sealing.id);
  });

  test('the same working file may be sealed again and again, and takes no name from anybody', async () => {
    const first = await sealingOf('again.csv', 'again.csv');
    const second = { ...first, id: newId('file', nextInstant()) };
    for (const one of [first, second]) await scene.ledger.startSealing(one, record('sealing-begun'));
    expect(await scene.ledger.movingTo(first.from)).toBeNull();
    expect(await scene.ledger.movingInto(first.from, 9)).toEqual([]);
    expect(await scene.ledger.arrivalAt(first, first.path)).toBeNull();
    expect((await scene.ledger.newestAt(first, first.path))?.id).toBe(second.id);
  });

  test('a sealing that failed has left the drop and keeps its reason', async () => {
    const sealing = await sealingOf('lost.csv', 'lost.csv');
    await scene.ledger.startSealing(sealing, record('sealing-begun'));
    const changes = { reason: 'source-missing', zone: 'gone' } as const;
    const count = await scene.ledger.countFilesWithBytes();
    await mustMove(scene.ledger, move(sealing.id, 'sealing', 'abandoned', 'sealing-failed', { changes }));
    expect(await scene.ledger.newestAt(sealing, sealing.path)).toBeNull();
    expect(await scene.ledger.countFilesWithBytes()).toBe(count - 1);
  });

  test('a sealing from a share that is not there, or that cannot be audited, has not begun', async () => {
    const count = await scene.ledger.countFilesWithBytes();
    const sealing = await sealingOf('a.csv', 'a.csv');
    const stray = { ...sealing, from: { ...sealing.from, share: newId('shar', NOW) } };
    await expect(scene.ledger.startSealing(stray, record('sealing-begun'))).rejects.toThrow(/constraint/i);
    await expect(scene.ledger.startSealing(sealing, unwritable('sealing-begun'))).rejects.toThrow(
      /surrogate/,
    );
    expect(await scene.ledger.fileById(sealing.id)).toBeNull();
    expect(await scene.ledger.countFilesWithBytes()).toBe(count);
  });

  async function sealingOf(from: string, to: string): Promise<NewSealing> {
    const { id: share } = await addShare(scene.ledger, scene.bob);
    return {
      id: newId('file', nextInstant()),
      owner: scene.alice,
      leavesBy: share,
      path: at(to),
      from: { share, ...at(from) },
      at: NOW,
    };
  }
}
