import { expect, test } from 'vitest';
import type { AuditRecord } from '../../../src/core/audit/events.ts';
import { type FileId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  arrive,
  folder,
  lease,
  move,
  mustMove,
  NOW,
  receive,
  record,
  start,
  theFile,
  unwritable,
  upload,
  wholeUpload,
} from '../fixtures.ts';

/** How uploads begin, go on and replace each other. */
export function describeUploads(scene: Scene): void {
  test('a new upload is receiving, in its first generation, with its lease', async () => {
    const started = await start(scene.ledger, scene.alice, 'new.csv');
    expect(await theFile(scene.other, started.id)).toEqual({
      id: started.id,
      generation: 1,
      owner: scene.alice,
      leavesBy: null,
      door: 'sftp',
      state: 'receiving',
      path: started.path,
      arrival: null,
      working: null,
      carried: null,
      inode: null,
      zone: 'airlock',
      size: 0,
      declaredSize: null,
      gap: false,
      clientMtime: null,
      createdAt: NOW,
      lastByteAt: NOW,
      receivedAt: null,
      settlesAt: null,
      inspectedAt: null,
      sha256: null,
      contentType: null,
      arrivedAt: null,
      releasedAt: null,
      collectedAt: null,
      expiresAt: null,
      expiresRule: null,
      warnedBefore: null,
      extendedAt: null,
      destroyedAt: null,
      scrubbedAt: null,
      stamp: null,
      damagedAt: null,
      reason: null,
      sameBytesAs: null,
      continues: null,
    });
    expect(await scene.ledger.liveLease(started.id, NOW)).toEqual(started.lease);
  });

  test('an upload remembers which settled file it goes on from', async () => {
    const settled = await start(scene.ledger, scene.alice, 'part.csv');
    await scene.ledger.moveFile(
      move(settled.id, 'receiving', 'received', 'file-received', { changes: { settlesAt: NOW } }),
    );
    const whole = { ...upload(scene.alice, 'part.csv'), continues: settled.id };
    expect(await scene.ledger.startUpload(whole, null, record('upload-started'))).toBe('moved');
    expect(await theFile(scene.other, whole.id)).toMatchObject({ continues: settled.id });
  });

  test('sizes and instants up to 2^53 come back exactly', async () => {
    const big = { ...upload(scene.alice, 'big.bin'), declaredSize: Number.MAX_SAFE_INTEGER };
    await scene.ledger.startUpload(big, null, record('upload-started'));
    const ref = { id: big.id, generation: 1 };
    await scene.ledger.noteProgress(ref, { size: Number.MAX_SAFE_INTEGER - 1, gap: true, at: NOW });
    await scene.ledger.setClientMtime(ref, -1);
    expect(await theFile(scene.ledger, big.id)).toMatchObject({
      declaredSize: Number.MAX_SAFE_INTEGER,
      size: Number.MAX_SAFE_INTEGER - 1,
      gap: true,
      clientMtime: -1,
    });
  });

  test('one path has one receiving upload; other persons and spellings of other names are free', async () => {
    await start(scene.ledger, scene.alice, 'one.csv');
    await expect(start(scene.other, scene.alice, 'ONE.csv')).rejects.toThrow(/name-taken/);
    await start(scene.ledger, scene.bob, 'one.csv');
    await start(scene.ledger, scene.alice, 'one (2).csv');
  });

  test('of twenty uploads to one path at once, one starts', async () => {
    const tries = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? scene.ledger : scene.other));
    const outcomes = await Promise.all(
      tries.map((ledger) =>
        ledger.startUpload(upload(scene.alice, 'rush.csv'), null, record('upload-started')),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'moved')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'name-taken')).toHaveLength(19);
  });

  test('an upload may start beside a file of the name that is received or has arrived', async () => {
    await receive(scene.ledger, scene.alice, 'again.csv');
    await arrive(scene.ledger, scene.alice, 'there.csv');
    for (const path of ['again.csv', 'there.csv']) {
      const fresh = upload(scene.alice, path);
      expect(await scene.ledger.startUpload(fresh, null, record('upload-started'))).toBe('moved');
    }
  });

  test('an upload that came whole is received at once, with both of its audit rows and no lease', async () => {
    const one = wholeUpload(scene.alice, 'whole.csv');
    expect(await scene.ledger.receiveWhole(one, wholeRecords(one.id))).toBe('moved');
    expect(await theFile(scene.other, one.id)).toMatchObject({
      generation: 1,
      state: 'received',
      zone: 'airlock',
      size: 12,
      gap: false,
      createdAt: NOW - 5,
      receivedAt: NOW,
      lastByteAt: NOW,
      settlesAt: NOW + 5,
      clientMtime: 77,
    });
    expect(await scene.ledger.liveLease(one.id, NOW)).toBeNull();
    const rows = await scene.ledger.auditOf({ file: one.id });
    expect(rows.map(({ entry }) => (JSON.parse(entry) as { type: string }).type)).toEqual([
      'upload-started',
      'file-received',
    ]);
  });

  test('an upload that came whole changes nothing where the path shows another file by now', async () => {
    const there = await receive(scene.ledger, scene.alice, 'raced.csv');
    const late = wholeUpload(scene.alice, 'RACED.csv');
    const { size } = await scene.ledger.auditHead();
    expect(await scene.ledger.receiveWhole(late, wholeRecords(late.id))).toBe('lost-race');
    expect(await scene.ledger.fileById(late.id)).toBeNull();
    expect((await scene.ledger.auditHead()).size).toBe(size);
    const known = { ...late, newest: there.id };
    expect(await scene.ledger.receiveWhole(known, wholeRecords(late.id))).toBe('moved');
  });

  test('an upload that came whole needs its folder, and no folder of its name', async () => {
    const stray = wholeUpload(scene.alice, 'gone/stray.csv');
    expect(await scene.ledger.receiveWhole(stray, wholeRecords(stray.id))).toBe('lost-race');
    const audit = record('folder-made');
    await scene.ledger.addFolder({ owner: scene.alice, leavesBy: null }, folder('taken'), NOW, audit);
    const taken = wholeUpload(scene.alice, 'taken');
    expect(await scene.ledger.receiveWhole(taken, wholeRecords(taken.id))).toBe('name-taken');
  });

  test('an upload that supersedes another gives it up in the same transaction', async () => {
    const old = await receive(scene.ledger, scene.alice, 'twice.csv');
    const size = (await scene.ledger.auditHead()).size;
    const fresh = upload(scene.alice, 'twice.csv');
    expect(await scene.ledger.startUpload(fresh, superseding(old), record('upload-started'))).toBe('moved');
    expect(await theFile(scene.ledger, old.id)).toMatchObject({
      state: 'abandoned',
      reason: 'superseded' as const,
      expiresAt: NOW + 9,
      expiresRule: 'abandoned/v1',
    });
    const rows = await scene.ledger.readAudit(size, 10);
    expect(rows.map((row) => JSON.parse(row.entry).type)).toEqual(['upload-superseded', 'upload-started']);
  });

  test('a receiving upload is superseded when its writer is gone, and loses lease and room', async () => {
    const old = await start(scene.ledger, scene.alice, 'stale.csv');
    await scene.ledger.reserve(old.id, 5, 1e12);
    const fresh = { ...upload(scene.alice, 'stale.csv'), at: old.lease.until };
    expect(await scene.ledger.startUpload(fresh, superseding(old), record('upload-started'))).toBe('moved');
    expect(await scene.ledger.liveLease(old.id, 0)).toBeNull();
    expect(await scene.ledger.reserve(fresh.id, 1e12, 1e12)).toBe('reserved');
    await mustMove(scene.ledger, move(fresh.id, 'receiving', 'removed', 'upload-removed'));
  });

  test.each([
    ['has a live writer', async () => start(scene.ledger, scene.alice, 'kept-a.csv'), {}],
    ['has settled', async () => receive(scene.ledger, scene.alice, 'kept-b.csv', NOW), {}],
    ['has arrived', async () => arrive(scene.ledger, scene.alice, 'kept-c.csv'), {}],
    [
      'has another generation',
      async () => receive(scene.ledger, scene.alice, 'kept-d.csv'),
      { generation: 2 },
    ],
    ['is not there', async () => upload(scene.alice, 'kept-e.csv'), {}],
  ])('a file that %s is not superseded, and nothing is started or audited', async (_, prepare, ref) => {
    const old = await prepare();
    const before = await scene.ledger.auditHead();
    const file = await scene.ledger.fileById(old.id);
    const fresh = upload(scene.alice, old.path.name);
    const outcome = await scene.ledger.startUpload(fresh, superseding(old, ref), record('upload-started'));
    expect(outcome).toBe('lost-race');
    expect(await scene.ledger.fileById(fresh.id)).toBeNull();
    expect(await scene.ledger.fileById(old.id)).toEqual(file);
    expect(await scene.ledger.auditHead()).toEqual(before);
  });

  test('an upload that supersedes one file and collides with another leaves both as they were', async () => {
    const old = await receive(scene.ledger, scene.alice, 'pair.csv');
    const live = await start(scene.ledger, scene.alice, 'pair.csv');
    const before = await scene.ledger.auditHead();
    const fresh = upload(scene.alice, 'pair.csv');
    expect(await scene.ledger.startUpload(fresh, superseding(old), record('upload-started'))).toBe(
      'name-taken',
    );
    expect((await theFile(scene.ledger, old.id)).state).toBe('received');
    expect((await theFile(scene.ledger, live.id)).state).toBe('receiving');
    expect(await scene.ledger.auditHead()).toEqual(before);
  });

  test('an upload whose audit record cannot be written has not started', async () => {
    const old = await receive(scene.ledger, scene.alice, 'unsaid.csv');
    const fresh = upload(scene.alice, 'unsaid.csv');
    const started = scene.ledger.startUpload(fresh, superseding(old), unwritable('upload-started'));
    await expect(started).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.fileById(fresh.id)).toBeNull();
    expect((await theFile(scene.ledger, old.id)).state).toBe('received');
    expect(await scene.ledger.liveLease(fresh.id, NOW)).toBeNull();
  });

  test('progress is stored for the generation that is receiving, and for no other', async () => {
    const { id } = await start(scene.ledger, scene.alice, 'progress.csv');
    const progress = { size: 5, gap: true, at: NOW + 9 };
    expect(await scene.ledger.noteProgress({ id, generation: 1 }, progress)).toBe(true);
    expect(await theFile(scene.ledger, id)).toMatchObject({ size: 5, gap: true, lastByteAt: NOW + 9 });
    expect(await scene.ledger.noteProgress({ id, generation: 2 }, progress)).toBe(false);
    await mustMove(scene.ledger, move(id, 'receiving', 'received', 'file-received'));
    expect(await scene.ledger.noteProgress({ id, generation: 1 }, { ...progress, size: 99 })).toBe(false);
    expect((await theFile(scene.ledger, id)).size).toBe(5);
  });

  test("a client's modification time is stored for this generation only", async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'mtime.csv');
    expect(await scene.ledger.setClientMtime({ id, generation: 1 }, 12345)).toBe(true);
    expect(await scene.ledger.setClientMtime({ id, generation: 0 }, 6)).toBe(false);
    expect((await theFile(scene.ledger, id)).clientMtime).toBe(12345);
  });

  test('bytes move between zones once, with an audit record and no change of state', async () => {
    const { id } = await arrive(scene.ledger, scene.alice, 'bytes.csv');
    const ref = { id, generation: 1 };
    const before = (await scene.ledger.auditHead()).size;
    const cleared = record('airlock-cleared', { file: id });
    expect(await scene.ledger.moveBytes({ id, generation: 2 }, 'airlock', 'arrivals', cleared)).toBe(false);
    expect(await scene.ledger.moveBytes(ref, 'airlock', 'arrivals', cleared)).toBe(true);
    expect(await scene.ledger.moveBytes(ref, 'airlock', 'arrivals', cleared)).toBe(false);
    expect(await theFile(scene.ledger, id)).toMatchObject({ zone: 'arrivals', state: 'arrived' });
    expect((await scene.ledger.auditHead()).size).toBe(before + 1);
  });

  test('two hundred uploads at once all land', async () => {
    const uploads = Array.from({ length: 200 }, (_, i) => upload(scene.bob, `many-${i}.csv`));
    const before = (await scene.ledger.auditHead()).size;
    const outcomes = await Promise.all(
      uploads.map((one) => scene.ledger.startUpload(one, null, record('upload-started', { file: one.id }))),
    );
    expect(new Set(outcomes)).toEqual(new Set(['moved']));
    for (const one of uploads) expect((await theFile(scene.other, one.id)).state).toBe('receiving');
    expect((await scene.ledger.auditHead()).size).toBe(before + 200);
  });

  test('an error in one of many calls at once undoes only that one', async () => {
    const uploads = Array.from({ length: 9 }, (_, i) => upload(scene.bob, `mixed-${i}.csv`));
    const outcomes = await Promise.allSettled(
      uploads.map((one, i) =>
        scene.ledger.startUpload(
          one,
          null,
          i % 3 === 1 ? unwritable('upload-started') : record('upload-started'),
        ),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      uploads.map((_, i) => (i % 3 === 1 ? 'rejected' : 'fulfilled')),
    );
    for (const [i, one] of uploads.entries()) {
      expect((await scene.ledger.fileById(one.id)) === null).toBe(i % 3 === 1);
    }
  });

  test('an upload for an account that is not there is refused by the database', async () => {
    const stray = upload(newId('acct', NOW), 'stray.csv');
    await expect(scene.ledger.startUpload(stray, null, record('upload-started'))).rejects.toThrow(
      /constraint/i,
    );
    const again = { ...upload(scene.alice, 'again-id.csv'), lease: lease() };
    await scene.ledger.startUpload(again, null, record('upload-started'));
    const sameId = { ...again, path: upload(scene.alice, 'other-name.csv').path };
    await expect(scene.ledger.startUpload(sameId, null, record('upload-started'))).rejects.toThrow(
      /constraint/i,
    );
  });

  function superseding(
    old: { readonly id: ReturnType<typeof upload>['id'] },
    ref: { generation?: number } = {},
  ) {
    return {
      ref: { id: old.id, generation: 1, ...ref },
      changes: { reason: 'superseded' as const, expiresAt: NOW + 9, expiresRule: 'abandoned/v1' },
      audit: record('upload-superseded', { file: old.id }),
    };
  }
}

function wholeRecords(file: FileId): readonly [AuditRecord, AuditRecord] {
  return [record('upload-started', { file }), record('file-received', { file })];
}
