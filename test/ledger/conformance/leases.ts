import { expect, test } from 'vitest';
import type { Lease } from '../../../src/core/custody/ports.ts';
import type { FileId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, lease, move, mustMove, NOW, receive, record, start } from '../fixtures.ts';

const PLENTY = 1e12;

/** One writer per upload, and the room that is promised to it. */
export function describeLeases(scene: Scene): void {
  test('a lease is live until its time, and not at it', async () => {
    const file = await start(scene.ledger, scene.alice, 'live.csv');
    expect(await scene.ledger.liveLease(file.id, file.lease.until - 1)).toEqual(file.lease);
    expect(await scene.ledger.liveLease(file.id, file.lease.until)).toBeNull();
  });

  test('only the caller whose lease it still is extends or ends it', async () => {
    const mine = await start(scene.ledger, scene.alice, 'mine.csv');
    const theirs = await start(scene.ledger, scene.alice, 'theirs.csv');
    const until = NOW + 60_000;
    const asked = [
      { file: mine.id, lease: mine.lease.id },
      { file: theirs.id, lease: lease().id },
    ];
    expect(await scene.other.renewLeases(asked, until)).toEqual([mine.id]);
    expect(await scene.ledger.liveLease(mine.id, until - 1)).toEqual({ id: mine.lease.id, until });
    expect((await scene.ledger.liveLease(theirs.id, NOW))?.until).toBe(theirs.lease.until);
    await scene.ledger.releaseLease(theirs.id, mine.lease.id);
    expect(await scene.ledger.liveLease(theirs.id, NOW)).toEqual(theirs.lease);
    await scene.ledger.releaseLease(theirs.id, theirs.lease.id);
    expect(await scene.ledger.liveLease(theirs.id, NOW)).toBeNull();
    expect(await scene.ledger.renewLeases([], until)).toEqual([]);
  });

  test('a lease that has expired may be renewed as long as nobody took it', async () => {
    const file = await start(scene.ledger, scene.alice, 'expired.csv');
    const asked = [{ file: file.id, lease: file.lease.id }];
    expect(await scene.ledger.renewLeases(asked, file.lease.until + 5000)).toEqual([file.id]);
  });

  test('a newcomer takes over only when the old writer is gone, and the old one notices', async () => {
    const file = await start(scene.ledger, scene.alice, 'takeover.csv');
    const newcomer = lease(NOW + 90_000);
    expect(await scene.ledger.moveFile(takeOver(file.id, newcomer, file.lease.until - 1))).toBe('lost-race');
    expect(await scene.ledger.liveLease(file.id, NOW)).toEqual(file.lease);
    expect(await scene.ledger.moveFile(takeOver(file.id, newcomer, file.lease.until))).toBe('moved');
    expect(await scene.ledger.liveLease(file.id, file.lease.until)).toEqual(newcomer);
    expect(await scene.ledger.renewLeases([{ file: file.id, lease: file.lease.id }], NOW)).toEqual([]);
  });

  test('a writer may take its own live lease again, and anybody a released one', async () => {
    const file = await start(scene.ledger, scene.alice, 'own.csv');
    const longer = { id: file.lease.id, until: NOW + 99_000 };
    await mustMove(scene.ledger, takeOver(file.id, longer, NOW));
    expect(await scene.ledger.liveLease(file.id, NOW)).toEqual(longer);
    await scene.ledger.releaseLease(file.id, file.lease.id);
    await mustMove(scene.ledger, takeOver(file.id, lease(), NOW));
  });

  test('of two newcomers at once, one takes over', async () => {
    const file = await receive(scene.ledger, scene.alice, 'duel.csv');
    const tries = [scene.ledger, scene.other].map((ledger) =>
      ledger.moveFile({ ...takeOver(file.id, lease(), NOW), from: 'received', nextGeneration: true }),
    );
    expect((await Promise.all(tries)).toSorted()).toEqual(['lost-race', 'moved']);
  });

  test('an upload that is received gives up lease and room, whether or not the move says so', async () => {
    const owner = await addPerson(scene.ledger, 'giver');
    for (const [name, more] of [
      ['silent.csv', {}],
      ['said.csv', { lease: 'release' }],
    ] as const) {
      const file = await start(scene.ledger, owner, name);
      expect(await scene.ledger.reserve(file.id, PLENTY, PLENTY)).toBe('reserved');
      await mustMove(scene.ledger, move(file.id, 'receiving', 'received', 'file-received', more));
      expect(await scene.ledger.liveLease(file.id, 0)).toBeNull();
    }
    const next = await start(scene.ledger, owner, 'next.csv');
    expect(await scene.ledger.reserve(next.id, PLENTY, PLENTY)).toBe('reserved');
    await mustMove(scene.ledger, move(next.id, 'receiving', 'abandoned', 'upload-abandoned'));
  });

  test('room is promised to all uploads together, as far as they have not written it', async () => {
    const a = await start(scene.ledger, scene.bob, 'room-a');
    const b = await start(scene.ledger, scene.bob, 'room-b');
    expect(await scene.ledger.reserve(a.id, 60, 100)).toBe('reserved');
    expect(await scene.ledger.reserve(b.id, 41, 100)).toBe('no-room');
    expect(await scene.ledger.reserve(b.id, 40, 100)).toBe('reserved');
    // 50 bytes of a are on disk now, where they are part of what is not free any more.
    await scene.ledger.noteProgress({ id: a.id, generation: 1 }, { size: 50, gap: false, at: NOW });
    expect(await scene.ledger.reserve(b.id, 41, 50)).toBe('no-room');
    expect(await scene.ledger.reserve(b.id, 41, 51)).toBe('reserved');
    await giveUp(a.id);
    expect(await scene.ledger.reserve(b.id, 51, 51)).toBe('reserved');
    await giveUp(b.id);
  });

  test('a promise is raised, never lowered, and asking again for what is promised needs no room', async () => {
    const a = await start(scene.ledger, scene.bob, 'raise-a');
    const b = await start(scene.ledger, scene.bob, 'raise-b');
    expect(await scene.ledger.reserve(a.id, 100, 100)).toBe('reserved');
    expect(await scene.ledger.reserve(a.id, 100, 0)).toBe('reserved');
    expect(await scene.ledger.reserve(a.id, 10, 100)).toBe('reserved');
    expect(await scene.ledger.reserve(b.id, 1, 100)).toBe('no-room');
    await giveUp(a.id);
    await giveUp(b.id);
  });

  test('an upload that has written more than it was promised counts for nothing', async () => {
    const a = await start(scene.ledger, scene.bob, 'over-a');
    const b = await start(scene.ledger, scene.bob, 'over-b');
    await scene.ledger.reserve(a.id, 10, 100);
    await scene.ledger.noteProgress({ id: a.id, generation: 1 }, { size: 1000, gap: false, at: NOW });
    expect(await scene.ledger.reserve(b.id, 101, 100)).toBe('no-room');
    expect(await scene.ledger.reserve(b.id, 100, 100)).toBe('reserved');
    await giveUp(a.id);
    await giveUp(b.id);
  });

  test('nothing is promised to what is not being received', async () => {
    const file = await receive(scene.ledger, scene.bob, 'late.csv');
    expect(await scene.ledger.reserve(file.id, 1, PLENTY)).toBe('superseded');
  });

  async function giveUp(id: FileId): Promise<void> {
    await mustMove(scene.ledger, move(id, 'receiving', 'removed', 'upload-removed'));
  }
}

function takeOver(id: FileId, newLease: Lease, when: number) {
  const audit = { ...record('upload-reopened', { file: id }), at: when };
  return { ...move(id, 'receiving', 'receiving', 'upload-reopened'), lease: newLease, audit };
}
