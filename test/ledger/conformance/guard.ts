import { expect, test } from 'vitest';
import type { Forgetting, GuardRow } from '../../../src/core/accounts/guard/ports.ts';
import type { Scene } from '../conformance.ts';
import { NOW, record, unwritable } from '../fixtures.ts';

const SCORE = { points: 3.125, at: NOW, bans: 1, bannedUntil: NOW + 1000 };

/** What failed sign-ins are held against. */
export function describeGuard(scene: Scene): void {
  test('rows come back as they were saved, under the next revision, and are found after an older one', async () => {
    const first = await save([row('192.0.2.1', { expected: 0 })]);
    const known = row('192.0.2.1', { account: scene.alice, knownAt: NOW, expected: 0 });
    const second = await save([known, row('', { account: scene.alice, expected: 0 })]);
    expect(second).toBe(first + 1);
    const after = await scene.other.guardRowsAfter(first, 10);
    expect(after).toHaveLength(2);
    expect(after).toContainEqual({
      source: '192.0.2.1',
      account: scene.alice,
      score: SCORE,
      knownAt: NOW,
      revision: second,
    });
    expect(await scene.ledger.guardRowsAfter(second, 10)).toEqual([]);
  });

  test('a save is read as a whole, however few rows are asked for', async () => {
    const before = await save([]);
    await save(['a', 'b', 'c'].map((source) => row(source, { expected: 0 })));
    const rows = await scene.ledger.guardRowsAfter(before, 2);
    expect(rows.map(({ source }) => source).sort()).toEqual(['a', 'b', 'c']);
  });

  test('a row that somebody else has written since is not overwritten, nor is anything beside it', async () => {
    const revision = await save([row('192.0.2.2', { expected: 0 })]);
    await save([row('192.0.2.2', { expected: revision, score: { ...SCORE, points: 9 } })]);
    const head = await scene.ledger.auditHead();
    const late = [row('192.0.2.2', { expected: revision }), row('192.0.2.3', { expected: 0 })];
    const result = await scene.ledger.saveGuardRows(late, null, [record('source-banned')]);
    expect(result).toMatchObject({ saved: false, newer: [{ source: '192.0.2.2', score: { points: 9 } }] });
    expect(await sources()).not.toContain('192.0.2.3');
    expect(await scene.ledger.auditHead()).toEqual(head);
  });

  test('rows are saved with their audit or not at all', async () => {
    const rows = [row('192.0.2.4', { expected: 0 })];
    const unsaved = scene.ledger.saveGuardRows(rows, null, [unwritable('source-banned')]);
    await expect(unsaved).rejects.toThrow(/surrogate/);
    expect(await sources()).not.toContain('192.0.2.4');
  });

  test('what a source, or an account, has against it is lifted once; who is known stays', async () => {
    await save([
      row('192.0.2.5', { expected: 0 }),
      row('192.0.2.5', { account: scene.bob, knownAt: NOW, expected: 0 }),
      row('', { account: scene.bob, expected: 0 }),
      row('192.0.2.6', { account: scene.bob, expected: 0 }),
    ]);
    const lift = (source: string, account: typeof scene.bob | '') =>
      scene.ledger.liftScores({ source, account }, record('ban-lifted'));
    const { revision } = (await find('192.0.2.6', scene.bob)) ?? { revision: 0 };
    expect(await lift('192.0.2.5', '')).toBe(2);
    expect(await find('192.0.2.5', scene.bob)).toMatchObject({
      knownAt: NOW,
      score: { points: 0, bans: 0, bannedUntil: 0 },
      revision: revision + 1,
    });
    expect(await find('192.0.2.6', scene.bob)).toMatchObject({ score: SCORE, revision });
    const head = await scene.ledger.auditHead();
    expect(await lift('192.0.2.5', '')).toBe(0);
    expect(await scene.ledger.auditHead()).toEqual(head);
    expect(await lift('', scene.bob)).toBe(2);
  });

  test('old scores are forgotten, sources that are known later, and there are never too many rows', async () => {
    const old = { ...SCORE, at: NOW - 1000 };
    await save([
      row('old', { expected: 0, score: old }),
      row('old', { account: scene.alice, expected: 0, score: old, knownAt: NOW - 10 }),
      row('older', { account: scene.alice, expected: 0, score: old, knownAt: NOW - 99 }),
      ...[1, 2, 3, 4, 5].map((i) =>
        row(`new-${i}`, { expected: 0, score: { ...SCORE, at: NOW + 1000 + i } }),
      ),
    ]);
    await save([], { scoresBefore: NOW, knownBefore: NOW - 50, most: 3 });
    expect(await find('old', '')).toBeUndefined();
    expect(await find('older', scene.alice)).toBeUndefined();
    expect(await find('old', scene.alice)).toMatchObject({ knownAt: NOW - 10 });
    const rows = await scene.ledger.guardRowsAfter(0, 1000);
    const strangers = rows.filter(({ knownAt }) => knownAt === null).map(({ source }) => source);
    expect(strangers.sort()).toEqual(['new-3', 'new-4', 'new-5']);
  });

  type Saved = GuardRow & { readonly expected: number };

  function row(source: string, more: Partial<Saved> & { readonly expected: number }): Saved {
    return { source, account: '', score: SCORE, knownAt: null, ...more };
  }

  async function save(rows: readonly Saved[], forgetting: Forgetting | null = null): Promise<number> {
    const result = await scene.ledger.saveGuardRows(rows, forgetting, []);
    if (!result.saved) throw new Error('somebody else has written');
    return result.revision;
  }

  async function find(source: string, account: string) {
    const rows = await scene.ledger.guardRowsAfter(0, 1000);
    return rows.find((one) => one.source === source && one.account === account);
  }

  async function sources(): Promise<readonly string[]> {
    return (await scene.ledger.guardRowsAfter(0, 1000)).map(({ source }) => source);
  }
}
