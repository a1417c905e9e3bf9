import { expect, test } from 'vitest';
import { arrivalsDrop } from '../../../src/core/custody/file.ts';
import type { FileChanges, FileMove, MoveOutcome } from '../../../src/core/custody/ports.ts';
import type { SignedReceipt } from '../../../src/core/custody/receipt.ts';
import type { Verdict } from '../../../src/core/custody/verdict.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import { type FileId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addShare,
  arrive,
  at,
  move,
  mustMove,
  NOW,
  nextInstant,
  receive,
  release,
  start,
  theFile,
  unwritable,
} from '../fixtures.ts';

/** Compare-and-set, what a move carries with it, and names in Arrivals. */
export function describeMoves(scene: Scene): void {
  test('a move stores every column it changes and leaves the others', async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'all.csv');
    const twin = await arrive(scene.ledger, scene.alice, 'twin.csv');
    const share = (await addShare(scene.ledger, scene.bob)).id;
    const before = await theFile(scene.ledger, id);
    const changes: Required<FileChanges> = {
      path: at('renamed.csv'),
      arrival: at('renamed (2).csv'),
      working: { share, ...at('Säfe/renamed.csv') },
      carried: 4,
      inode: '12-34',
      zone: 'quarantine',
      size: 77,
      gap: true,
      clientMtime: 5,
      scrubbedAt: 6,
      stamp: '12-34-77-1-2',
      damagedAt: 7,
      lastByteAt: 6,
      receivedAt: 7,
      settlesAt: 8,
      inspectedAt: 9,
      sha256: sha256('bytes'),
      contentType: 'text/csv',
      arrivedAt: 10,
      releasedAt: 15,
      collectedAt: 16,
      expiresAt: 11,
      expiresRule: 'arrivals/v1',
      warnedBefore: 12,
      extendedAt: 13,
      destroyedAt: 14,
      reason: 'too-large',
      sameBytesAs: twin.id,
    };
    await mustMove(scene.ledger, move(id, 'received', 'inspecting', 'inspection-begun', { changes }));
    expect(await theFile(scene.ledger, id)).toEqual({ ...before, ...changes, state: 'inspecting' });
    const cleared = {
      arrival: null,
      working: null,
      carried: null,
      inode: null,
      sha256: null,
      settlesAt: null,
      warnedBefore: null,
    } as const;
    await mustMove(
      scene.ledger,
      move(id, 'inspecting', 'inspecting', 'file-inspected', { changes: cleared }),
    );
    const after = await theFile(scene.ledger, id);
    expect(after).toEqual({ ...before, ...changes, ...cleared, state: 'inspecting' });
  });

  test('a move from another state or generation, or of no file, loses the race and changes nothing', async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'race.csv');
    const lost: FileMove[] = [
      move(id, 'inspecting', 'held', 'file-held'),
      move(id, 'received', 'inspecting', 'inspection-begun', { ref: { id, generation: 2 } }),
      move(newId('file', NOW), 'received', 'inspecting', 'inspection-begun'),
    ];
    expect(await unchanged(id, lost)).toBe('lost-race');
  });

  test('of ten workers that make the same move, one makes it', async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'workers.csv');
    const workers = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? scene.ledger : scene.other));
    const outcomes = await Promise.all(
      workers.map((ledger) => ledger.moveFile(move(id, 'received', 'inspecting', 'inspection-begun'))),
    );
    expect(outcomes.filter((outcome) => outcome === 'moved')).toHaveLength(1);
    expect(await scene.ledger.auditOf({ file: id })).toHaveLength(3);
  });

  test('the next generation makes every writer and job of this one too late', async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'next.csv');
    const reopened = move(id, 'received', 'receiving', 'upload-reopened', { nextGeneration: true });
    await mustMove(scene.ledger, reopened);
    expect((await theFile(scene.ledger, id)).generation).toBe(2);
    expect(await unchanged(id, [move(id, 'receiving', 'received', 'file-received')])).toBe('lost-race');
  });

  test('what has settled cannot be changed from outside, and what has not cannot be admitted', async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'settle.csv', NOW + 5000);
    const rename = (unsettledAt: number) =>
      move(id, 'received', 'received', 'upload-renamed', { unsettledAt });
    await mustMove(scene.ledger, rename(NOW + 4999));
    expect(await unchanged(id, [rename(NOW + 5000), rename(NOW + 5001)])).toBe('lost-race');
    await mustMove(scene.ledger, move(id, 'received', 'inspecting', 'inspection-begun'));
    const admit = (settledAt: number) =>
      move(id, 'inspecting', 'admitting', 'admission-begun', { settledAt });
    expect(await unchanged(id, [admit(NOW + 4999)])).toBe('lost-race');
    await mustMove(scene.ledger, admit(NOW + 5000));
  });

  test('a file that never settles by itself stays unsettled', async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'x.part', null);
    await mustMove(
      scene.ledger,
      move(id, 'received', 'inspecting', 'inspection-begun', { unsettledAt: NOW ** 2 }),
    );
    const settledAt = Number.MAX_SAFE_INTEGER;
    expect(await unchanged(id, [move(id, 'inspecting', 'admitting', 'admission-begun', { settledAt })])).toBe(
      'lost-race',
    );
  });

  test('a receipt for the same bytes needs the other file to have arrived still', async () => {
    const twin = await arrive(scene.ledger, scene.alice, 'same.csv');
    const { id } = await receive(scene.ledger, scene.alice, 'same.csv');
    await mustMove(scene.ledger, move(id, 'received', 'inspecting', 'inspection-begun'));
    const again = (whileArrived: FileId) =>
      move(id, 'inspecting', 'abandoned', 'same-bytes-received', { whileArrived });
    expect(await unchanged(id, [again(id), again(newId('file', NOW))])).toBe('lost-race');
    await mustMove(scene.ledger, again(twin.id));
  });

  test('a word of the same bytes may rely on a file that is released, not on one that was revoked', async () => {
    const share = (await addShare(scene.ledger, scene.bob)).id;
    const twin = await release(scene.ledger, scene.alice, 'out.csv', share);
    const { id } = await receive(scene.ledger, scene.alice, 'out.csv', NOW, share);
    await mustMove(scene.ledger, move(id, 'received', 'inspecting', 'inspection-begun'));
    const changes = { whileArrived: twin.id };
    const again = move(id, 'inspecting', 'abandoned', 'same-bytes-received', changes);
    await scene.house.sql(`update files set state = 'revoked' where id = '${twin.id}'`);
    expect(await unchanged(id, [again])).toBe('lost-race');
    await scene.house.sql(`update files set state = 'released' where id = '${twin.id}'`);
    await mustMove(scene.ledger, again);
  });

  test('one file has a name in Arrivals; the second is told, and may take the next name', async () => {
    await arrive(scene.ledger, scene.alice, 'result.csv');
    const { id } = await receive(scene.ledger, scene.alice, 'RESULT.csv');
    await mustMove(scene.ledger, move(id, 'received', 'inspecting', 'inspection-begun'));
    const admit = (path: string) =>
      move(id, 'inspecting', 'admitting', 'admission-begun', { changes: { arrival: at(path) } });
    const head = await scene.ledger.auditHead();
    expect(await scene.ledger.moveFile(admit('RESULT.csv'))).toBe('name-taken');
    expect(await theFile(scene.ledger, id)).toMatchObject({ state: 'inspecting', arrival: null });
    expect(await scene.ledger.auditHead()).toEqual(head);
    expect(await scene.ledger.moveFile(admit('RESULT (2).csv'))).toBe('moved');
    expect((await scene.other.arrivalAt(arrivalsDrop(scene.alice), at('result (2).CSV')))?.id).toBe(id);
    expect(await scene.ledger.arrivalAt(arrivalsDrop(scene.bob), at('result (2).csv'))).toBeNull();
    await mustMove(scene.ledger, move(id, 'admitting', 'held', 'file-held'));
    expect(await scene.ledger.arrivalAt(arrivalsDrop(scene.alice), at('result (2).csv'))).toBeNull();
  });

  test('a rename while receiving cannot take the name of another that is receiving', async () => {
    await start(scene.ledger, scene.alice, 'busy.csv');
    const { id } = await start(scene.ledger, scene.alice, 'idle.csv');
    const taken = move(id, 'receiving', 'receiving', 'upload-renamed', { changes: { path: at('Busy.csv') } });
    expect(await scene.ledger.moveFile(taken)).toBe('name-taken');
    expect((await theFile(scene.ledger, id)).path).toEqual(at('idle.csv'));
    await start(scene.ledger, scene.bob, 'busy.csv');
  });

  test('verdicts, receipt and notice are written with the move, and add to those before', async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'proof.csv');
    await mustMove(scene.ledger, move(id, 'received', 'inspecting', 'inspection-begun'));
    const first = [verdict('digest'), verdict('malware')];
    const second = [{ ...verdict('type'), outcome: 'finding', detail: 'not a CSV' } as const];
    for (const verdicts of [first, second]) {
      await mustMove(scene.ledger, move(id, 'inspecting', 'inspecting', 'file-inspected', { verdicts }));
    }
    expect(await scene.other.verdictsOf(id)).toEqual([...first, ...second]);
    const notice = {
      id: newId('noti', NOW),
      kind: 'file-arrived',
      account: scene.alice,
      file: id,
      at: NOW,
    } as const;
    const signed = receipt(id);
    await mustMove(
      scene.ledger,
      move(id, 'inspecting', 'abandoned', 'same-bytes-received', { receipt: signed, notices: [notice] }),
    );
    expect(await scene.other.receiptsOf(id)).toEqual([signed]);
    expect(await scene.other.pendingNotices(scene.alice, 100)).toContainEqual(notice);
  });

  test('a move that loses its race writes none of what it carries', async () => {
    const { id } = await receive(scene.ledger, scene.alice, 'nothing.csv');
    const notice = {
      id: newId('noti', NOW),
      kind: 'file-held',
      account: scene.alice,
      file: id,
      at: NOW,
    } as const;
    const carried = { verdicts: [verdict('digest')], receipt: receipt(id), notice };
    expect(await scene.ledger.moveFile(move(id, 'inspecting', 'held', 'file-held', carried))).toBe(
      'lost-race',
    );
    expect(await scene.ledger.verdictsOf(id)).toEqual([]);
    expect(await scene.ledger.receiptsOf(id)).toEqual([]);
    expect(await scene.ledger.pendingNotices(scene.alice, 100)).not.toContainEqual(notice);
  });

  test('a move whose audit record cannot be written is undone with all it carries', async () => {
    const file = await start(scene.ledger, scene.alice, 'undone.csv');
    const before = await theFile(scene.ledger, file.id);
    const audit = unwritable('file-received');
    const carried = { changes: { size: 9 }, verdicts: [verdict('digest')], lease: 'release', audit } as const;
    const moved = scene.ledger.moveFile(move(file.id, 'receiving', 'received', 'file-received', carried));
    await expect(moved).rejects.toThrow(/surrogate/);
    expect(await theFile(scene.ledger, file.id)).toEqual(before);
    expect(await scene.ledger.verdictsOf(file.id)).toEqual([]);
    expect(await scene.ledger.liveLease(file.id, NOW)).toEqual(file.lease);
  });

  /** The one outcome of the moves, which must not change the file or the log. */
  async function unchanged(id: FileId, moves: readonly FileMove[]): Promise<MoveOutcome | undefined> {
    const file = await theFile(scene.ledger, id);
    const head = await scene.ledger.auditHead();
    const ends = new Set<MoveOutcome>();
    for (const wanted of moves) ends.add(await scene.ledger.moveFile(wanted));
    expect(await theFile(scene.ledger, id)).toEqual(file);
    expect(await scene.ledger.auditHead()).toEqual(head);
    expect(ends.size).toBe(1);
    return [...ends][0];
  }
}

function verdict(check: Verdict['check']): Verdict {
  return { check, outcome: 'pass', detail: null, version: 'check 1.0', sha256: sha256('bytes'), at: NOW };
}

function receipt(file: FileId): SignedReceipt {
  return {
    body: {
      kind: 'havengate-receipt',
      version: 1,
      receiptId: newId('rcpt', nextInstant()),
      site: 'A haven, “quoted”',
      file: { id: file, path: 'ünï.csv', size: 1, sha256: sha256('bytes'), contentType: null },
      owner: { account: 'acct_x', name: 'alice' },
      door: 'sftp',
      receivedAt: '2026-11-21T12:00:00.000Z',
      arrivedAt: '2026-11-21T12:00:00.000Z',
      expiresAt: '2026-12-21T12:00:00.000Z',
      arrival: { file, path: 'ünï.csv' },
      scan: 'off',
      checks: [{ check: 'malware', outcome: 'off', detail: null, version: 'none' }],
    },
    signature: { algorithm: 'Ed25519', keyId: 'SHA256:x', value: 'AA==' },
  };
}
