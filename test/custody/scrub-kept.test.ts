import { open } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../src/core/accounts/account.ts';
import { admitFile } from '../../src/core/custody/admit-file.ts';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { arrivalsDrop, type CustodyFile } from '../../src/core/custody/file.ts';
import { inspectFile } from '../../src/core/custody/inspect-file.ts';
import { type FileName, TOP } from '../../src/core/custody/names.ts';
import { openUpload } from '../../src/core/custody/open-upload.ts';
import { revokeRelease } from '../../src/core/custody/outbound/revoke.ts';
import { orderAdmission, orderDestruction } from '../../src/core/custody/retention/decide.ts';
import { destroyFile } from '../../src/core/custody/retention/destroy-file.ts';
import { runRetention } from '../../src/core/custody/retention/run.ts';
import { scrubDue } from '../../src/core/custody/scrub/scrub.ts';
import { UNPACED } from '../../src/core/custody/scrub/scrub-pace.ts';
import { DAY, SECOND } from '../../src/core/kit/clock.ts';
import { custodyForTest, type TestCustody } from './custody-for-tests.ts';
import { makeOutboundHaven } from './outbound/outbound-haven.ts';

const CONSOLE = { kind: 'console' } as const;

/** Turns one bit over, as a disk does that forgets; again, and it is as before. */
async function turnOver(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 2);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 4]), 0, 1, 2);
  await file.close();
}

/** An upload that was inspected while it could still be gone on with. */
async function inspected(site: TestCustody, owner: Account): Promise<CustodyFile> {
  const { id } = await site.receive(owner, 'scan.csv');
  await inspectFile(site.custody, await site.file(id));
  const file = await site.file(id);
  expect(file).toMatchObject({ state: 'inspecting', sha256: expect.any(String) });
  return file;
}

const scrubAll = ({ custody, clock }: TestCustody) => scrubDue(custody, clock.now() + 1, UNPACED);

const inAirlock = ({ data }: TestCustody, { id }: CustodyFile) => `${data}/airlock/files/${id}`;

async function faults(site: Pick<TestCustody, 'custody'>): Promise<readonly string[]> {
  const { findings } = await checkCustody(site.custody);
  return findings.filter(({ severity }) => severity === 'fault').map(({ message }) => message);
}

test('a bit that was turned over in an upload that another took the place of is told, and its destruction waits for a person', async () => {
  const site = await custodyForTest();
  const [alice, dana] = [await site.person('alice'), await site.person('dana', 'data-team')];
  const file = await inspected(site, alice);
  const path = { folder: TOP, name: 'scan.csv' as FileName };
  const how = {
    drop: arrivalsDrop(alice.id),
    path,
    mode: 'fresh',
    door: 'sftp',
    declaredSize: null,
  } as const;
  const newer = await openUpload(site.custody, site.session(alice), how);
  if (!newer.ok) throw new Error(newer.refusal);
  await newer.value.release();
  expect(await site.file(file.id)).toMatchObject({ state: 'abandoned', sha256: file.sha256 });
  expect(await scrubAll(site)).toMatchObject({ found: { sound: 1 } });
  await turnOver(inAirlock(site, file));
  expect(await scrubAll(site)).toMatchObject({ damaged: [file.id] });
  const damaged = await site.file(file.id);
  expect(damaged).toMatchObject({ state: 'abandoned', damagedAt: expect.any(Number) });
  expect(await faults(site)).toEqual([expect.stringMatching(/bytes in airlock are not those of its digest/)]);
  for (const { id } of [alice, dana])
    expect((await site.ledger.pendingNotices(id, 9)).map(({ kind }) => kind)).toContain('file-damaged');
  site.clock.ahead += 91 * DAY;
  await runRetention(site.custody, CONSOLE, null);
  await destroyFile(site.custody, await site.file(file.id));
  expect(await site.file(file.id)).toMatchObject({ state: 'held', reason: 'bytes-differ' });
  const decision = { by: dana, reason: 'the disk was replaced' };
  expect(await orderDestruction(site.custody, await site.file(file.id), decision)).toMatchObject({
    ok: true,
  });
  await destroyFile(site.custody, await site.file(file.id));
  expect(await site.file(file.id)).toMatchObject({ state: 'destroyed', zone: 'gone' });
});

test('a file that waits for its admission with altered bytes is not admitted, but held; one that its sender may go on with is left alone', async () => {
  const site = await custodyForTest();
  const [alice, dana] = [await site.person('alice'), await site.person('dana', 'data-team')];
  const file = await inspected(site, alice);
  await turnOver(inAirlock(site, file));
  expect(await scrubAll(site)).toMatchObject({ found: { moved: 1 } });
  site.clock.ahead += 6 * SECOND;
  expect(await scrubAll(site)).toMatchObject({ damaged: [file.id] });
  await admitFile(site.custody, file);
  const held = await site.file(file.id);
  expect(held).toMatchObject({ state: 'held', reason: 'bytes-differ', expiresAt: expect.any(Number) });
  const decision = { by: dana, reason: 'it looks fine' };
  expect(await orderAdmission(site.custody, held, decision)).toMatchObject({ refusal: 'damaged' });
});

test('a release that was taken back is read again while its bytes are there', async () => {
  const haven = await makeOutboundHaven();
  onTestFinished(() => haven.close());
  const file = await haven.release('alice', 'results.csv', 'the results');
  const by = await haven.account('dana');
  await revokeRelease(haven.custody, CONSOLE, file, { by, reason: 'a name in it' });
  const path = haven.at('outbound/cohort/alice/results.csv');
  const scrub = () => scrubDue(haven.custody, haven.custody.clock.now() + 1, UNPACED);
  await turnOver(path);
  expect(await scrub()).toMatchObject({ damaged: [file.id] });
  expect(await haven.file(file.id)).toMatchObject({ state: 'revoked', damagedAt: expect.any(Number) });
  await turnOver(path);
  haven.pass(DAY);
  expect(await scrub()).toMatchObject({ found: { mended: 1 } });
  expect(await haven.file(file.id)).toMatchObject({ state: 'revoked', damagedAt: null });
});
