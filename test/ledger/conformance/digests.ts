import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/kit/digest.ts';
import type { Scene } from '../conformance.ts';

/** Digests that were computed on request. */
export function describeDigests(scene: Scene): void {
  test('what was computed of some bytes is kept, and what was not is null', async () => {
    await scene.ledger.keepDigests(sha256('a'), { md5: 'm', sha1: 's' });
    expect(await scene.other.keptDigests(sha256('a'))).toEqual({ md5: 'm', sha1: 's' });
    expect(await scene.ledger.keptDigests(sha256('b'))).toBeNull();
  });

  test('keeping the same twice, also at once, changes nothing', async () => {
    const kept = { md5: 'm', sha1: 's' };
    const keep = (ledger: Scene['ledger']) => ledger.keepDigests(sha256('c'), kept);
    await Promise.all([keep(scene.ledger), keep(scene.other), keep(scene.ledger)]);
    expect(await scene.ledger.keptDigests(sha256('c'))).toEqual(kept);
  });
}
