import { expect, test } from 'vitest';
import { clearAirlock } from '../../src/core/custody/clear-airlock.ts';
import { arrivalsDrop } from '../../src/core/custody/file.ts';
import { type FileName, TOP } from '../../src/core/custody/names.ts';
import { openUpload } from '../../src/core/custody/open-upload.ts';
import { reconcile } from '../../src/core/custody/reconcile.ts';
import { removeArrived } from '../../src/core/custody/retention/remove-file.ts';
import { acceptRestored, noteRestored } from '../../src/core/custody/retention/restored-guard.ts';
import { runRetention } from '../../src/core/custody/retention/run.ts';
import type { Sha256 } from '../../src/core/kit/digest.ts';
import { custodyForTest } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;

async function restoredScene() {
  const scene = await custodyForTest();
  const { ledger, custody } = scene;
  const restore = () =>
    noteRestored(ledger, custody.clock, CONSOLE, {
      size: 10,
      root: 'ab'.repeat(32) as Sha256,
      backedUpAt: '2026-11-28T12:00:00.000Z',
      replaced: 12,
      overNewer: 'the disk was lost',
    });
  return { ...scene, restore };
}

test('bytes that a restored ledger does not know are not cut off by the next start of the machine', async () => {
  const { custody, ledger, person, session, restore } = await restoredScene();
  const alice = await person('alice');
  const how = { mode: 'resume-or-create', door: 'sftp', declaredSize: null } as const;
  const path = { folder: TOP, name: 'scan.csv' as FileName };
  const opened = await openUpload(custody, session(alice), { drop: arrivalsDrop(alice.id), path, ...how });
  if (!opened.ok) throw new Error(opened.refusal);
  await opened.value.write([Buffer.from('0123456789')], 0);
  await restore();
  expect(await reconcile(custody, 'another boot', null)).toMatchObject({ truncated: 0 });
  expect(await ledger.fileById(opened.value.ref.id)).toMatchObject({ size: 10, state: 'receiving' });
  expect(await custody.zones.airlock.sizeOf(opened.value.ref.id)).toBe(10);
  await opened.value.release();
});

test('nothing is destroyed by a restored ledger, also not what a holder removed, until somebody accepts it', async () => {
  const { custody, ledger, person, admit, file, restore } = await restoredScene();
  const [alice, olly] = [await person('alice'), await person('olly', 'operator')];
  const arrived = await admit(alice, 'scan.csv');
  await removeArrived(custody, CONSOLE, arrived);
  await restore();
  const removed = await file(arrived.id);
  expect(await clearAirlock(custody, removed)).toMatchObject({ end: 'later' });
  expect((await file(arrived.id)).zone).not.toBe('gone');
  expect(await runRetention(custody, CONSOLE, null)).toMatchObject({ refusal: 'ledger-restored' });

  const decision = { by: olly, reason: 'compared' };
  expect(await acceptRestored(ledger, custody.clock, CONSOLE, decision)).toBe(true);
  expect(await acceptRestored(ledger, custody.clock, CONSOLE, decision)).toBe(false);
  expect(await clearAirlock(custody, removed)).toEqual({ end: 'done' });
  expect((await file(arrived.id)).zone).toBe('gone');
  expect(await runRetention(custody, CONSOLE, null)).toMatchObject({ ok: true });
});
