import { existsSync } from 'node:fs';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../src/core/accounts/account.ts';
import { removeUpload } from '../../src/core/custody/change-upload.ts';
import { clearAirlock } from '../../src/core/custody/clear-airlock.ts';
import type { CustodyFile } from '../../src/core/custody/file.ts';
import { destroyFile } from '../../src/core/custody/retention/destroy-file.ts';
import { issueCertificate } from '../../src/core/custody/retention/issue-certificate.ts';
import { removeArrived } from '../../src/core/custody/retention/remove-file.ts';
import { runRetention } from '../../src/core/custody/retention/run.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { type Failpoint, onFailpoint } from '../../src/core/kit/failpoint.ts';
import { custodyForTest, type TestCustody } from './custody-for-tests.ts';

const CONSOLE = { kind: 'console' } as const;

/** A file that its holder has removed; nothing was unlinked yet. */
async function removed(scene: TestCustody, alice: Account, from: 'arrived' | 'received') {
  const file = await (from === 'arrived' ? scene.admit : scene.receive)(alice, 'scan.csv');
  expect(file.state).toBe(from);
  const ended =
    from === 'arrived'
      ? await removeArrived(scene.custody, CONSOLE, file)
      : await removeUpload(scene.custody, scene.session(alice), file, file.path);
  expect(ended).toMatchObject({ ok: true });
  return scene.file(file.id);
}

/** Throws at the first passing of a failpoint, as a crash would end the job there. */
function crashAt(wanted: Failpoint): void {
  onFailpoint((point) => {
    if (point !== wanted) return;
    onFailpoint(null);
    throw new Error(`crashed at ${point}`);
  });
  onTestFinished(() => onFailpoint(null));
}

describe.each(['arrived', 'received'] as const)('a file that was removed when it was %s', (from) => {
  async function scene() {
    const test_ = await custodyForTest();
    const alice = await test_.person('alice');
    const file = await removed(test_, alice, from);
    const issue = async () => issueCertificate(test_.custody, CONSOLE, await test_.file(file.id));
    return { ...test_, alice, id: file.id, ref: file, issue };
  }

  test('is unlinked by way of the doomed folder, and certified on request', async () => {
    const { custody, file, story, id, ref, issue, data, ledger } = await scene();
    await clearAirlock(custody, ref);
    expect((await file(id)).zone).toBe('gone');
    expect((await story(id)).slice(-2)).toEqual(['bytes-doomed', 'airlock-cleared']);
    expect(await readdir(join(data, 'airlock/files'))).toEqual([]);
    expect(await readdir(join(data, 'airlock/doomed'))).toEqual([]);
    expect(existsSync(join(data, 'arrivals/alice/scan.csv'))).toBe(false);
    const cleared = (await ledger.auditOf({ file: id })).at(-1);
    const { at } = JSON.parse(cleared?.entry ?? '') as { at: string };
    expect(await issue()).toMatchObject({
      ok: true,
      value: {
        body: {
          kind: 'havengate-certificate',
          file: { id, path: 'scan.csv', size: 21 },
          owner: { name: 'alice' },
          destroyedAt: at,
          rule: 'removed/v1',
          method: 'unlink',
          linkCount: 0,
        },
      },
    });
    expect((await story(id)).at(-1)).toBe('certificate-issued');
  });

  test('is certified once: a second request, also at the same time, gets the same certificate', async () => {
    const { custody, ledger, file, id, ref, story } = await scene();
    await clearAirlock(custody, ref);
    const now = await file(id);
    const issued = await Promise.all([1, 2, 3].map(() => issueCertificate(custody, CONSOLE, now)));
    issued.push(await issueCertificate(custody, CONSOLE, await file(id)));
    const ids = issued.map((one) => (one.ok ? one.value.body.certificateId : one.refusal));
    expect(new Set(ids).size).toBe(1);
    expect(await ledger.certificatesOf(id)).toHaveLength(1);
    expect((await story(id)).filter((type) => type === 'certificate-issued')).toHaveLength(1);
  });

  test('is not certified before its bytes are gone', async () => {
    const { ledger, id, issue } = await scene();
    expect(await issue()).toMatchObject({ refusal: 'not-gone-yet' });
    expect(await ledger.certificatesOf(id)).toEqual([]);
  });

  test('is never certified when somebody else had taken its name away', async () => {
    const { custody, data, id, ref, issue, ledger, logged } = await scene();
    const path = from === 'arrived' ? 'arrivals/alice/scan.csv' : `airlock/files/${id}`;
    await rename(join(data, path), join(data, 'taken-away'));
    await clearAirlock(custody, ref);
    expect(logged.map(({ event }) => event)).toContain('removal-found-nothing');
    expect(await issue()).toMatchObject({ refusal: 'not-unlinked' });
    expect(await ledger.certificatesOf(id)).toEqual([]);
  });

  test.each<[Failpoint, number | null]>([
    ['destroy.doomed', 0],
    ['destroy.unlinked', null],
    ['clear.recorded', 0],
  ])('after a crash at %s is unlinked once more, and the names left are %j', async (point, linkCount) => {
    const { custody, ref, issue, data } = await scene();
    crashAt(point);
    await expect(clearAirlock(custody, ref)).rejects.toThrow('crashed');
    await clearAirlock(custody, ref);
    expect(await readdir(join(data, 'airlock/doomed'))).toEqual([]);
    expect(await issue()).toMatchObject({ value: { body: { linkCount } } });
  });
});

test('a removed file whose path in Arrivals another file has is left alone, and not certified', async () => {
  const scene = await custodyForTest();
  const file = await removed(scene, await scene.person('alice'), 'arrived');
  const path = join(scene.data, 'arrivals/alice/scan.csv');
  await rename(path, join(scene.data, 'taken-away'));
  await writeFile(path, 'somebody else');
  await clearAirlock(scene.custody, file);
  expect(existsSync(path)).toBe(true);
  expect(await issueCertificate(scene.custody, CONSOLE, await scene.file(file.id))).toMatchObject({
    refusal: 'not-unlinked',
  });
});

test('a removed file that was never cleared from the airlock keeps no name there, whatever became of its path', async () => {
  const scene = await custodyForTest();
  const alice = await scene.person('alice');
  crashAt('admit.arrived');
  await expect(scene.admit(alice, 'scan.csv')).rejects.toThrow('crashed');
  const [file] = await scene.ledger.listFiles({ states: ['arrived'], limit: 1 });
  if (file === undefined) throw new Error('it did not arrive');
  expect(file.zone).toBe('airlock');
  await removeArrived(scene.custody, CONSOLE, file);
  await rename(join(scene.data, 'arrivals/alice/scan.csv'), join(scene.data, 'taken-away'));
  await clearAirlock(scene.custody, await scene.file(file.id));
  expect(await readdir(join(scene.data, 'airlock/files'))).toEqual([]);
  expect(await issueCertificate(scene.custody, CONSOLE, await scene.file(file.id))).toMatchObject({
    refusal: 'not-unlinked',
  });
});

test('files in other states are refused in words', async () => {
  const scene = await custodyForTest();
  const { custody, clock } = scene;
  const alice = await scene.person('alice');
  const said = async (file: CustodyFile) => issueCertificate(custody, CONSOLE, file);
  const arrived = await scene.admit(alice, 'scan.csv');
  expect(await said(arrived)).toMatchObject({
    refusal: 'not-removed',
    detail: expect.stringContaining('this one is arrived'),
  });
  clock.ahead += 31 * DAY;
  await runRetention(custody, CONSOLE, null);
  expect(await said(await scene.file(arrived.id))).toMatchObject({ refusal: 'not-removed' });
  await destroyFile(custody, await scene.file(arrived.id));
  const [certificate] = await scene.ledger.certificatesOf(arrived.id);
  expect(certificate?.body.rule).toBe('arrivals/v1');
  expect(await said(await scene.file(arrived.id))).toMatchObject({
    refusal: 'not-removed',
    detail: expect.stringContaining('certificate export'),
  });
  expect(await scene.ledger.certificatesOf(arrived.id)).toHaveLength(1);
});
