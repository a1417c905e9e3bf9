import { expect, test } from 'vitest';
import { type FileId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { NOW, nextInstant, receive, record, start } from '../fixtures.ts';

/** What the doctor mends in the ledger. */
export function describeRepairs(scene: Scene): void {
  test('marks are found by what their names begin with, and dropped', async () => {
    for (const name of ['notes/b', 'notes/a', 'notes', 'notet'])
      await scene.ledger.writeMark(name, `${name}!`);
    expect(await scene.other.marksBelow('notes/')).toEqual([
      { name: 'notes/a', value: 'notes/a!' },
      { name: 'notes/b', value: 'notes/b!' },
    ]);
    await scene.ledger.dropMark('notes/a');
    await scene.ledger.dropMark('notes/a');
    expect(await scene.ledger.readMark('notes/a')).toBeNull();
    expect(await scene.other.marksBelow('notes/')).toHaveLength(1);
  });

  test('an orphan gets a row once: held, without an end of its time, and counted', async () => {
    const id: FileId = newId('file', nextInstant());
    const orphan = { id, owner: scene.alice, size: 42, at: NOW };
    const audit = record('orphan-adopted', { file: id });
    expect(await scene.ledger.adoptOrphan(orphan, [], audit)).toBe(true);
    expect(await scene.ledger.fileById(id)).toMatchObject({
      owner: scene.alice,
      state: 'held',
      reason: 'orphan',
      door: 'unknown',
      zone: 'airlock',
      size: 42,
      sha256: null,
      expiresAt: null,
      path: { folder: '', name: id },
    });
    expect(await scene.ledger.adoptOrphan({ ...orphan, size: 7 }, [], audit)).toBe(false);
    expect((await scene.ledger.fileById(id))?.size).toBe(42);
    expect(await scene.ledger.auditOf({ file: id })).toHaveLength(1);
  });

  test('a promise of room dangles only when the file is received, and is ended only then', async () => {
    const open = await start(scene.ledger, scene.alice, 'open.csv');
    const done = await receive(scene.ledger, scene.alice, 'done.csv');
    expect(await scene.ledger.reserve(open.id, 100, 1e12)).toBe('reserved');
    await scene.house.sql(`insert into reservations (file, bytes) values ('${done.id}', 100)`);
    expect(await scene.ledger.danglingClaims(NOW)).toEqual([done.id]);
    await scene.ledger.dropClaims(NOW, [open.id, done.id], record('claims-dropped'));
    expect(await scene.ledger.danglingClaims(NOW)).toEqual([]);
    expect(await scene.ledger.liveLease(open.id, NOW)).toEqual(open.lease);
  });
}
